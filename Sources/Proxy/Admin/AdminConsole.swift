import Access
import Bytes
import RESP

/// The admin port in Redis's own protocol, for who has redis-cli at hand: `redis-cli -p 9379 MASTERGATE STATUS`.
final class AdminConsole {
    /// What of the input can be done next.
    enum Next {
        case incomplete
        case malformed([UInt8])
        case request([[UInt8]], byteCount: Int)
    }

    struct Reply {
        var bytes: [UInt8]
        /// The connection ends behind it.
        var isLast = false
    }

    private static let limits = RESPLimits(bulkBytesMax: 1024, argumentCountMax: 16, inlineBytesMax: 1024, nestingDepthMax: 4, unauthenticatedBulkBytesMax: 1024)

    private var mayCommand: Bool
    private let token: Secret?

    init(mayCommand: Bool, token: Secret?) {
        self.mayCommand = mayCommand
        self.token = token
    }

    func next(_ bytes: Span<UInt8>) -> Next {
        var scanner = RequestScanner()
        switch scanner.scan(bytes, limits: Self.limits, isAuthenticated: true) {
        case .incomplete: return .incomplete
        case .nothing(let count): return .request([], byteCount: count)
        case .malformed(let error): return .malformed(error.reply)
        case .complete(let frame):
            let arguments = frame.isInline ? InlineRequest.arguments(of: bytes.extracting(0..<frame.byteCount)) ?? [] : RequestArguments.all(of: bytes.extracting(0..<frame.byteCount))
            return .request(arguments, byteCount: frame.byteCount)
        }
    }

    private static let help = [
        "MASTERGATE STATUS: masters, sentinels, replicas and the last failovers, in words", "MASTERGATE SENTINELS: each sentinel with what it says",
        "MASTERGATE LINKS: links to Redis", "MASTERGATE CLIENTS: clients by front, and who waits for a master", "MASTERGATE CONFIG: the effective configuration, secrets masked",
        "MASTERGATE RELOAD: read the configuration again", "MASTERGATE PAUSE [master]: hold commands back", "MASTERGATE RESUME [master]: let them go on",
        "MASTERGATE FAILOVER [master]: move the master to a replica", "MASTERGATE LOGLEVEL level: until the configuration is read again",
        "MASTERGATE UPGRADE: start the program anew, as it lies in its file now, and leave all new clients to it",
        "MASTERGATE DRAIN: end the service as SIGTERM does", "AUTH token: for commands that change something, where the address does not allow them",
    ]

    /// Does what `arguments` ask for; `done` is called on the control loop.
    func answer(_ arguments: [[UInt8]], _ endpoint: AdminEndpoint, _ done: @escaping (Reply) -> Void) {
        let words = arguments.map { String(decoding: $0, as: UTF8.self) }
        func say(_ value: ReplyValue) {
            var bytes: [UInt8] = []
            ReplyWriter.append(value, protocolVersion: 2, to: &bytes)
            done(Reply(bytes: bytes))
        }
        switch words.first?.uppercased() {
        case nil: done(Reply(bytes: []))
        case "PING": say(words.count > 1 ? .bulkString(arguments[1]) : .simpleString("PONG"))
        case "QUIT": done(Reply(bytes: Array("+OK\r\n".utf8), isLast: true))
        // What redis-cli asks before its first prompt.
        case "COMMAND": say(.array([]))
        case "CLIENT", "SELECT": say(.simpleString("OK"))
        case "AUTH":
            let shown = arguments.count > 1 ? arguments[arguments.count - 1] : []
            guard let token, token.matches(shown.span) else { return say(.error("WRONGPASS this is not admin.token")) }
            mayCommand = true
            say(.simpleString("OK"))
        case "MASTERGATE", "PROXY":
            let rest = Array(words.dropFirst(2))
            run(words.count > 1 ? words[1].uppercased() : "HELP", rest, endpoint, say)
        default: say(.error("ERR this is Mastergate's admin port; MASTERGATE HELP says what it knows. Redis is at listen.address"))
        }
    }

    private func run(_ name: String, _ rest: [String], _ endpoint: AdminEndpoint, _ say: @escaping (ReplyValue) -> Void) {
        let control = endpoint.control
        func text(_ text: String) -> ReplyValue { .bulkString(Array(VisibleText.escaped(text, keepingLines: true).utf8)) }
        switch name {
        case "HELP": say(.array(Self.help.map { .simpleString($0) }))
        case "STATUS": say(text(StatusText.text(control)))
        case "CONFIG": say(text(control.configuration.current.yaml))
        case "SENTINELS":
            say(.array(control.topologies.flatMap { topology in
                topology.sentinels.map { state in
                    .array([
                        text("master"), text(topology.masterName), text("address"), text(state.endpoint.description), text("answers"), text(state.isAnswering ? "yes" : "no"),
                        text("names"), state.claim.map { text($0.endpoint.description) } ?? .null, text("epoch"), state.claim.map { .integer(Int64(clamping: $0.epoch)) } ?? .null,
                        text("last-event"), state.lastEvent.map(text) ?? .null,
                    ])
                }
            }))
        case "LINKS", "CLIENTS":
            control.collectCounters(includingBuffers: true) { counters, links in
                let lines = name == "LINKS"
                    ? ["links:\(links)", "links_begun:\(counters.linksOpened)", "links_failed:\(counters.linksFailed)", "links_fenced:\(counters.linksFenced)", "unsent_bytes:\(counters.linkBufferBytes)"]
                    : [
                        "resp:\(counters.respConnections)", "http:\(counters.httpConnections)", "waiting:\(counters.clientsWaiting)", "resp_total:\(counters.respConnectionsTotal)",
                        "http_total:\(counters.httpConnectionsTotal)", "unread_bytes:\(counters.clientBufferBytes)",
                    ]
                say(text(lines.joined(separator: "\r\n") + "\r\n"))
            }
        case "RELOAD", "PAUSE", "RESUME", "FAILOVER", "LOGLEVEL", "DRAIN", "UPGRADE":
            guard mayCommand else { return say(.error("NOPERM commands are not taken from this address (admin.commands_allow); AUTH with admin.token opens them")) }
            let path = name == "LOGLEVEL" ? "/log_level" : "/\(name.lowercased())"
            let query = name == "LOGLEVEL" ? "level=\(rest.first ?? "")" : rest.first.map { "master=\($0.utf8.map { "%" + String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())" } ?? ""
            endpoint.command(path, query: query) { page in
                let line = page.text.split(separator: "\n").joined(separator: "; ")
                say(page.status == 200 ? .simpleString(line) : .error("ERR \(line)"))
            }
        default: say(.error("ERR unknown subcommand '\(name.filter { $0.isASCII && !$0.isNewline }.prefix(64))'; MASTERGATE HELP lists them"))
        }
    }
}
