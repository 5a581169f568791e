import Access
import Bytes
import Forwarding
import RESP
import Testing

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

/// One request as an array of bulk strings, from words parted by single spaces.
func request(_ line: String) -> [UInt8] {
    var output: [UInt8] = []
    CommandWriter.append(line.split(separator: " ").map { Array($0.utf8) }, to: &output)
    return output
}

/// Several requests in a row.
func requests(_ lines: String...) -> [UInt8] { lines.flatMap { request($0) } }

func session(password: String? = nil, user: String? = nil, limits: RESPLimits = RESPLimits(), inFlightMax: Int = 1024) -> ClientSession {
    let authentication = password.map { ClientAuthentication(Credentials(user: user, password: Secret(utf8: $0))) }
    return ClientSession(SessionRules(limits: limits, authentication: authentication, inFlightMax: inFlightMax))
}

extension ClientSession {
    /// The next step over the whole of `input`.
    mutating func next(_ input: [UInt8], from start: Int = 0) -> Step { next(input.span, from: start) }

    /// Takes a request in that has to go over the client's own link as it is, and gets that link for it where it has none.
    mutating func sends(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let input = request(line)
        if !isPinned {
            guard case .needLink = next(input) else {
                Issue.record("\(line) needs no link", sourceLocation: sourceLocation)
                return
            }
            pinned()
        }
        #expect(next(input) == .forward(end: input.count), "\(line)", sourceLocation: sourceLocation)
    }

    /// A reply of the own link has come.
    @discardableResult
    mutating func answered(_ reply: String) -> OwnReplyEffect {
        var edges = ReplyEdges()
        let whole = bytes(reply)
        if replyReading == .all || replyReading == .errors && whole[0] == UInt8(ascii: "-") { edges.append(whole.span) }
        return ownReplyArrived(marker: whole[0], edges: edges)
    }

    /// Sends a request over the own link and takes its reply in: by default the one that Redis gives outside of a transaction.
    mutating func runs(_ line: String, _ reply: String? = nil, sourceLocation: SourceLocation = #_sourceLocation) {
        sends(line, sourceLocation: sourceLocation)
        answered(reply ?? (line == "EXEC" ? "*0\r\n" : line.hasPrefix("HELLO") ? "%0\r\n" : "+OK\r\n"))
    }
}

/// A client's whole life as its connection drives the session: everything that it causes, in order.
struct ClientRun: Equatable {
    /// The bytes that went upstream, on whichever link, save for those that ask for nothing: whether such go along or are
    /// passed over depends on what arrived with them.
    var upstream: [UInt8] = []
    /// What of them went over the client's own link.
    var own: [UInt8] = []
    /// What the client got: `reply` for each of the upstream's, else the proxy's own words.
    var output: [String] = []
    var isClosed = false

    /// Runs `input`, which arrives in pieces that end at `arrivals`. The upstream answers as late as it can: only when
    /// the session waits for it, and at the end.
    init(_ session: ClientSession, _ input: [UInt8], arrivals: some Sequence<Int>) {
        drive(session, input, arrivals)
        upstream = Self.withoutNothing(upstream)
        own = Self.withoutNothing(own)
    }

    private static func withoutNothing(_ bytes: [UInt8]) -> [UInt8] {
        var scanner = RequestScanner()
        var kept: [UInt8] = []
        var start = 0
        while true {
            switch scanner.scan(bytes.span.extracting(start..<bytes.count), limits: RESPLimits()) {
            case .nothing(let count): start += count
            case .complete(let frame):
                kept += bytes[start..<(start + frame.byteCount)]
                start += frame.byteCount
            case .incomplete, .malformed: return kept + bytes[start...]
            }
        }
    }

    private mutating func drive(_ session: ClientSession, _ input: [UInt8], _ arrivals: some Sequence<Int>) {
        var session = session
        var start = 0
        for end in arrivals {
            steps: while true {
                let rest = Array(input[start..<end])
                switch session.next(rest.span, from: 0) {
                case .needInput: break steps
                case .wait:
                    let before = session.awaitedCount
                    answerAll(&session)
                    if session.awaitedCount == before {
                        Issue.record("waits for nothing at \(start)")
                        return
                    }
                case .skip(let stepEnd): start += stepEnd
                case .share(let stepEnd, let count, _):
                    upstream += rest[..<stepEnd]
                    session.shared(count)
                    start += stepEnd
                case .shareRewritten(let request, let stepEnd, _):
                    upstream += request
                    session.shared(1)
                    start += stepEnd
                case .translate(_, let rewritten, let stepEnd):
                    upstream += rewritten ?? Array(rest[..<stepEnd])
                    session.shared(1)
                    start += stepEnd
                case .needLink: session.pinned()
                case .forward(let stepEnd):
                    if stepEnd == 0 { Issue.record("forwards nothing at \(start)") }
                    upstream += rest[..<stepEnd]
                    own += rest[..<stepEnd]
                    start += stepEnd
                case .forwardRewritten(let request, let stepEnd):
                    upstream += request
                    own += request
                    start += stepEnd
                case .select(let database, let stepEnd):
                    output.append(text(session.selected(database)))
                    start += stepEnd
                case .greet(let version, let name, let stepEnd):
                    session.greeted(version, name: name)
                    output.append("greeting \(version)")
                    start += stepEnd
                case .answer(let reply, let stepEnd), .name(let reply, let stepEnd):
                    output.append(text(reply))
                    start += stepEnd
                case .reset(let reply, let stepEnd):
                    session.forgotAll()
                    output.append(text(reply))
                    start += stepEnd
                case .close(let reply):
                    output.append(text(reply))
                    isClosed = true
                    return
                case .closeCrossProtocol:
                    isClosed = true
                    return
                }
            }
        }
        answerAll(&session)
    }

    /// Answers all that is in flight and has gone upstream whole.
    private mutating func answerAll(_ session: inout ClientSession) {
        let answerable = session.awaitedCount - (session.isMidRequest ? 1 : 0)
        if session.inFlight > 0 {
            output += Array(repeating: "reply", count: session.inFlight)
            session.repliesArrived(session.inFlight)
        } else if answerable > 0, !session.isEndless {
            for _ in 0..<answerable {
                session.answered("+OK\r\n")
                output.append("reply")
            }
        }
        if session.isPinned, session.isPinOver { session.unpinned() }
    }
}

/// What comes of `input`, after checking that every way of cutting it comes to the same.
func run(
    _ session: ClientSession, _ input: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
) -> ClientRun {
    let expected = ClientRun(session, input, arrivals: [input.count])
    for cut in 0...input.count {
        #expect(ClientRun(session, input, arrivals: [cut, input.count]) == expected, "cut at \(cut)", sourceLocation: sourceLocation)
    }
    #expect(ClientRun(session, input, arrivals: 0...input.count) == expected, "byte by byte", sourceLocation: sourceLocation)
    return expected
}
