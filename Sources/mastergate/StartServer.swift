import Settings

/// Starts serving with these settings.
func startServer(_ settings: Settings) throws {
    for exposure in [settings.listen.exposure, settings.http.exposure] {
        if case .loopbackOnly(let reason) = exposure { StandardStream.error.write("notice: \(reason)\n") }
    }
    let listen = settings.listen.effectiveAddresses.map(\.description).joined(separator: ", ")
    let http = settings.http.effectiveAddresses.map(\.description).joined(separator: ", ")
    StandardStream.error.write("notice: Redis clients at \(listen.isEmpty ? "none" : listen); HTTP at \(http.isEmpty ? "none" : http)\n")
}
