import Logging

/// Whether Redis refuses the password with which the loops' links are made for clients. The watch's own connections may show
/// another one, and see nothing of it.
struct LinkRefusals {
    /// A refusal holds for so long, unless there is another: where nobody asks for a link, nobody would see the end of it.
    private static let holdMilliseconds = 10_000
    private static let lineMilliseconds = 10_000

    /// When each master last refused a link, by its index.
    private var refusedAt: [Int: Int] = [:]
    private var pace = LinePace(linesMax: 1, milliseconds: LinkRefusals.lineMilliseconds)

    /// The master has refused a link, in these words.
    mutating func refused(_ masterIndex: Int, name: String, _ words: String, _ log: Logger, now: Int) {
        refusedAt[masterIndex] = now
        guard pace.takes(now: now) else { return }
        log.error("Redis refuses the links of clients: see redis.user and redis.password", metadata: ["master": "\(name)", "error": "\(words)"])
    }

    /// The master has taken a link, or links show another password from now on.
    mutating func ended(_ masterIndex: Int) { refusedAt[masterIndex] = nil }

    func isRefused(_ masterIndex: Int, now: Int) -> Bool { refusedAt[masterIndex].map { now - $0 < Self.holdMilliseconds } ?? false }
}
