/// Why a text is no value of its type; the place is added by whoever knows it. Holds no secret.
struct SettingFault: Error, Equatable {
    let message: String

    init(_ message: String) { self.message = message }
}
