import Bytes
import RESP

/// A Redis server as far as a failover goes: lists, transactions, watched keys, roles, and a log that replicas follow late.
final class ModelServer {
    enum Role { case master, replica, dead }

    /// What one connection has settled on the server.
    struct Session {
        var queue: [[String]]?
        var isWatching = false
        var isDirty = false
        var watched: Set<String> = []
    }

    let index: Int
    var role = Role.replica
    /// What has been written, in order: that is what replicas copy.
    private(set) var log: [(key: String, id: String)] = []
    private(set) var sessions: [Int: Session] = [:]
    private unowned let world: FailoverSimulation

    init(_ index: Int, _ world: FailoverSimulation) {
        self.index = index
        self.world = world
    }

    func length(_ key: String) -> Int { log.count { $0.key == key } }

    /// Copies up to `count` writes of `master`; where the histories differ, the master's replaces this one's.
    func follow(_ master: ModelServer, count: Int) {
        let shared = zip(log, master.log).prefix { $0.0.id == $0.1.id }.count
        log = Array(log[..<shared]) + master.log[shared...].prefix(count)
        if shared < log.count { for link in sessions.keys { sessions[link]?.isDirty = true } }
    }

    func restart() {
        sessions = [:]
        log = []
    }

    func forget(_ link: Int) { sessions[link] = nil }

    /// Runs one request of a link, and answers it.
    func run(_ words: [String], link: Int) -> String {
        var session = sessions[link] ?? Session()
        defer { sessions[link] = session }
        let name = words[0].uppercased()
        if session.queue != nil, !["EXEC", "DISCARD", "MULTI", "WATCH"].contains(name) {
            if role == .replica, name == "RPUSH" || name == "EVAL" {
                session.isDirty = true
                return Self.readOnly
            }
            session.queue?.append(words)
            return "+QUEUED\r\n"
        }
        switch name {
        case "MULTI":
            session.queue = []
            return "+OK\r\n"
        case "DISCARD":
            session = Session()
            return "+OK\r\n"
        case "WATCH":
            session.isWatching = true
            session.watched.formUnion(words[1...])
            return "+OK\r\n"
        case "UNWATCH":
            session.isWatching = false
            session.isDirty = false
            session.watched = []
            return "+OK\r\n"
        case "EXEC":
            guard let queue = session.queue else { return "-ERR EXEC without MULTI\r\n" }
            let (wasWatching, isDirty) = (session.isWatching, session.isDirty)
            session = Session()
            if role == .replica { return "-EXECABORT Transaction discarded because of previous errors.\r\n" }
            if isDirty { return "*-1\r\n" }
            let replies = queue.map { runOne($0, link: link, isInTransaction: true, wasWatching: wasWatching, &session) }
            return "*\(replies.count)\r\n" + replies.joined()
        default: return runOne(words, link: link, isInTransaction: false, wasWatching: false, &session)
        }
    }

    private static let readOnly = "-READONLY You can't write against a read only replica.\r\n"

    private func runOne(_ words: [String], link: Int, isInTransaction: Bool, wasWatching: Bool, _ session: inout Session) -> String {
        switch words[0].uppercased() {
        case "RPUSH", "EVAL":
            guard role == .master else { return Self.readOnly }
            let (key, id) = (words[words.count - 2], words[words.count - 1])
            log.append((key, id))
            for other in sessions.keys where other != link && sessions[other]?.watched.contains(key) == true { sessions[other]?.isDirty = true }
            world.executed(id, on: self, link: link, isInTransaction: isInTransaction, wasWatching: wasWatching)
            return ":\(length(key))\r\n"
        case "LLEN", "EVAL_RO": return ":\(length(words[words.count - 1]))\r\n"
        default: return "+OK\r\n"
        }
    }
}

/// A connection of the proxy to a server, with what is on its way in both directions.
final class ModelLink {
    let id: Int
    let server: ModelServer
    /// Given to the link and not yet to the kernel.
    var unsent: [UInt8] = []
    /// With the kernel, or with the server and not yet run.
    var handedOver: [UInt8] = []
    var replies: [UInt8] = []
    /// The beginning of a reply that the proxy keeps back.
    var beginning: [UInt8] = []
    var isOpen = true

    init(_ id: Int, _ server: ModelServer) {
        self.id = id
        self.server = server
    }

    /// Runs the next request that has come whole; false where there is none.
    func serve() -> Bool {
        var scanner = RequestScanner()
        guard server.role != .dead, case .complete(let frame) = scanner.scan(handedOver.span, limits: RESPLimits()) else { return false }
        let words = RequestArguments.all(of: handedOver.span.extracting(0..<frame.byteCount)).map { String(decoding: $0, as: UTF8.self) }
        handedOver.removeFirst(frame.byteCount)
        replies += Array(server.run(words, link: id).utf8)
        return true
    }
}
