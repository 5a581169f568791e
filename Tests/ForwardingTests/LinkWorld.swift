import Bytes
import Forwarding
import RESP

/// One client with its session, its shared link and its own link, both to a ``ModelLink``: what it does to them, and whether any of
/// it would reach the next client.
struct LinkWorld {
    private var session: ClientSession
    private var shared = ModelLink()
    private var own: ModelLink?
    /// Replies of the own link that the session has not been told of.
    private var unread: [UInt8] = []
    private var framer = ReplyFramer()
    /// What went over the own link.
    private var trail: [[[UInt8]]] = []
    private(set) var requestCount = 0
    private(set) var reusedCount = 0

    init() { session = ClientSession(SessionRules(limits: RESPLimits(), authentication: nil)) }

    /// Runs what the client sends, which arrives in pieces that end at `ends`; what is wrong, nil for nothing.
    mutating func run(_ input: [UInt8], ends: [Int]) -> String? {
        var start = 0
        for end in ends {
            // A session that asks for the same thing again and again makes no progress.
            for _ in 0..<(4 * input.count + 64) {
                guard start < end else { break }
                let before = (start, session.isPinned, session.awaitedCount, unread.count)
                guard let used = step(Array(input[start..<end])) else { return nil }
                start += used
                readOwnReplies()
                // A link that the client has just got is there for the request that comes.
                if before.1, let fault = faultOfPin() { return fault }
                if !session.isPinned, shared.state != ModelLink.State(database: session.state.database, protocolVersion: session.state.protocolVersion) {
                    return "the shared link is \(shared.state), its client believes \(session.state)"
                }
                if before == (start, session.isPinned, session.awaitedCount, unread.count) { break }
            }
        }
        return nil
    }

    /// Carries out one step; how many bytes it has dealt with, nil where the client is gone.
    private mutating func step(_ bytes: [UInt8]) -> Int? {
        switch session.next(bytes.span, from: 0) {
        case .needInput, .wait: return 0
        case .skip(let end): return end
        case .share(let end, let count, _):
            runShared(Array(bytes[..<end]))
            session.shared(count)
            session.repliesArrived(count)
            return end
        case .shareRewritten(let request, let end, _):
            runShared(request)
            session.shared(1)
            session.repliesArrived(1)
            return end
        case .translate(_, let rewritten, let end):
            runShared(rewritten ?? Array(bytes[..<end]))
            session.shared(1)
            session.repliesArrived(1)
            return end
        case .needLink:
            own = ModelLink()
            for word in prepare { _ = own?.run(word) }
            (unread, framer, trail) = ([], ReplyFramer(), [])
            session.pinned()
            return 0
        case .forward(let end):
            runOwn(Array(bytes[..<end]))
            return end
        case .forwardRewritten(let request, let end):
            runOwn(request)
            return end
        case .select(let database, let end):
            // The server has sixteen.
            guard database < 16 else { return end }
            _ = session.selected(database)
            shared = ModelLink.settled(SessionState(database: database, protocolVersion: session.state.protocolVersion))
            return end
        case .greet(let version, let name, let end):
            session.greeted(version, name: name)
            shared = ModelLink.settled(SessionState(database: session.state.database, protocolVersion: version))
            return end
        case .answer(_, let end), .name(_, let end): return end
        case .reset(_, let end):
            own = nil
            session.forgotAll()
            shared = ModelLink()
            return end
        case .close, .closeCrossProtocol: return nil
        }
    }

    /// What a link is told before the client gets it.
    private var prepare: [[[UInt8]]] {
        var words: [[[UInt8]]] = []
        if session.state.protocolVersion == 3 { words.append([Array("HELLO".utf8), Array("3".utf8)]) }
        if session.state.database != 0 { words.append([Array("SELECT".utf8), Array("\(session.state.database)".utf8)]) }
        if !session.state.name.isEmpty { words.append([Array("CLIENT".utf8), Array("SETNAME".utf8), session.state.name]) }
        return words
    }

    private mutating func runShared(_ bytes: [UInt8]) {
        forEachRequest(bytes) {
            requestCount += 1
            _ = shared.run($0)
        }
    }

    private mutating func runOwn(_ bytes: [UInt8]) {
        forEachRequest(bytes) {
            requestCount += 1
            trail.append($0)
            unread += own?.run($0) ?? []
        }
    }

    /// What comes in pieces is left out: no command about a connection may be that long.
    private func forEachRequest(_ bytes: [UInt8], _ body: ([[UInt8]]) -> Void) {
        var start = 0
        while start < bytes.count {
            var scanner = RequestScanner()
            guard case .complete(let frame) = scanner.scan(bytes.span.extracting(start..<bytes.count), limits: RESPLimits()) else { return }
            let request = bytes.span.extracting(start..<(start + frame.byteCount))
            body(frame.isInline ? InlineRequest.arguments(of: request.extracting(0..<max(0, frame.byteCount - 2))) ?? [] : RequestArguments.all(of: request))
            start += frame.byteCount
        }
    }

    private mutating func readOwnReplies() {
        var start = 0
        while start < unread.count, session.isPinned, !session.isEndless {
            let bytes = unread
            guard case .reply(let marker, let end) = framer.advance(bytes.span, from: start) else { break }
            let reading = session.replyReading
            let isRead = reading == .all || reading == .errors && marker == UInt8(ascii: "-")
            let edges = isRead ? ReplyEdges(whole: bytes.span.extracting(start..<end)) : ReplyEdges()
            start = end
            switch session.ownReplyArrived(marker: marker, edges: edges) {
            // An identity of its own, which the model's shared link does not know: the client stays where it is.
            case .authenticated: session.pinForGood(isIrreplaceable: true)
            case .reset:
                own = nil
                session.forgotAll()
                shared = ModelLink()
            case .none, .toldID, .settled, .serverPaused, .serverReconfigured, .loginRefused: break
            }
        }
        unread.removeFirst(start)
    }

    /// When nothing keeps the client on its link, the link is given back, or ends; and what the client believes holds.
    private mutating func faultOfPin() -> String? {
        guard let link = own, session.isPinned, session.isPinOver else { return nil }
        let isSpent = session.isLinkSpent
        let expected = ModelLink.settled(session.state)
        session.unpinned()
        own = nil
        if !isSpent {
            reusedCount += 1
            guard link.state == expected.state else { return "a link is given back as \(link.state) after \(shown)" }
        }
        guard link.state.database == session.state.database, link.state.protocolVersion == session.state.protocolVersion else {
            return "the client believes \(session.state), its link was \(link.state), after \(shown)"
        }
        shared = ModelLink.settled(SessionState(database: session.state.database, protocolVersion: session.state.protocolVersion))
        return nil
    }

    private var shown: String { trail.map { $0.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ") }.joined(separator: "; ") }
}

extension ModelLink {
    /// A link that carries `state`, and nothing else.
    static func settled(_ state: SessionState) -> ModelLink {
        var link = ModelLink()
        if state.protocolVersion == 3 { _ = link.run([Array("HELLO".utf8), Array("3".utf8)]) }
        if state.database != 0 { _ = link.run([Array("SELECT".utf8), Array("\(state.database)".utf8)]) }
        if !state.name.isEmpty { _ = link.run([Array("CLIENT".utf8), Array("SETNAME".utf8), state.name]) }
        return link
    }
}
