/// The two kinds of clients.
enum Front: Int, Sendable, CaseIterable {
    case resp
    case http

    var name: String { self == .resp ? "resp" : "http" }
}
