import EventLoop
import Logging

/// What a loop logs of its clients, within bounds: whoever causes a line can cause many.
struct WorkerNotices {
    private static let linesPerSecond = 10
    private static let boundMilliseconds = 10_000

    private let log: Logger
    private let loopIndex: Int
    private var pace = LinePace(linesMax: linesPerSecond, milliseconds: 1000)
    /// By the name of a bound; the program has a handful.
    private var bounds: [String: LinePace] = [:]

    init(_ log: Logger, loopIndex: Int) {
        self.log = log
        self.loopIndex = loopIndex
    }

    mutating func notice(_ message: Logger.Message, _ metadata: () -> Logger.Metadata, now: Int) {
        guard log.logLevel <= .info, pace.takes(now: now) else { return }
        log.info(message, metadata: metadata())
    }

    mutating func boundReached(_ name: String, _ message: Logger.Message, _ metadata: () -> Logger.Metadata, now: Int) {
        guard bounds[name, default: LinePace(linesMax: 1, milliseconds: Self.boundMilliseconds)].takes(now: now) else { return }
        log.warning(message, metadata: metadata().merging(["bound": "\(name)", "loop": "\(loopIndex)"]) { $1 })
    }

    /// Tells how many lines were left out.
    mutating func timePassed(now: Int) {
        if let omitted = pace.suppressedToTell(now: now) { log.info("more of that, not logged", metadata: ["lines": "\(omitted)", "loop": "\(loopIndex)"]) }
        for name in bounds.keys {
            guard let times = bounds[name]?.suppressedToTell(now: now) else { continue }
            _ = bounds[name]?.takes(now: now)
            log.warning("a bound is reached again and again", metadata: ["bound": "\(name)", "times": "\(times)", "loop": "\(loopIndex)"])
        }
    }
}

extension Worker {
    /// Something that clients do is worth a line at info; ten in a second, and then a count. Nothing secret belongs into it.
    func notice(_ message: Logger.Message, _ metadata: @autoclosure () -> Logger.Metadata) {
        notices.notice(message, metadata, now: loop.nowMilliseconds)
    }

    /// The bound `name` was reached: told at once, and then every 10 s how often.
    func boundReached(_ name: String, _ message: Logger.Message = "a bound is reached", _ metadata: @autoclosure () -> Logger.Metadata = [:]) {
        notices.boundReached(name, message, metadata, now: loop.nowMilliseconds)
    }

    /// Bytes of a user's name that are logged.
    private static let userBytesMax = 64

    /// A client was refused: a wrong password, a command that it may not run.
    ///
    /// - Parameter user: the name that the client has shown; nil where it has shown none.
    func refusedClient(_ socket: StreamSocket?, _ front: Front, user: [UInt8]?, _ reason: String) {
        let name = user.map { String(decoding: $0.prefix(Self.userBytesMax), as: UTF8.self) }
        notice("client refused", [
            "front": "\(front.name)", "peer": "\(socket?.peer.map { "\($0)" } ?? "unknown")", "user": "\(name ?? "none")", "reason": "\(reason)",
        ])
    }

    /// A client is being disconnected, since it does not read its replies and others wait behind it.
    func cutsForOutput(_ socket: StreamSocket) {
        counters.outputLimitDisconnects += 1
        boundReached(
            memory.isShort ? "memory.max" : "client.output_limit", "client disconnected: it does not read its replies",
            ["peer": "\(socket.peer.map { "\($0)" } ?? "unknown")", "unsent_bytes": "\(socket.unsentBytes)"])
    }
}
