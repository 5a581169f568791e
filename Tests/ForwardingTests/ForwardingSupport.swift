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

func session(password: String? = nil, user: String? = nil, limits: RESPLimits = RESPLimits()) -> ClientSession {
    let authentication = password.map { ClientAuthentication(Credentials(user: user, password: Secret(utf8: $0))) }
    return ClientSession(table: .standard, limits: limits, authentication: authentication)
}

extension ClientSession {
    /// The next step over the whole of `input`.
    mutating func next(_ input: [UInt8], from start: Int = 0) -> Step { next(input.span, from: start) }

    /// Takes a request in that has to go upstream as it is.
    mutating func sends(_ line: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let input = request(line)
        #expect(next(input) == .forward(0..<input.count), "\(line)", sourceLocation: sourceLocation)
    }
}

/// A client's whole life as its connection drives the session: everything that it causes, in order.
struct ClientRun: Equatable {
    /// The bytes that went upstream, save for those that ask for nothing: whether such go along or are passed over
    /// depends on what arrived with them.
    var upstream: [UInt8] = []
    /// What the client got: `reply` for each of the upstream's, else the proxy's own words.
    var output: [String] = []
    var isClosed = false

    /// Runs `input`, which arrives in pieces that end at `arrivals`. The upstream answers as late as it can: only when
    /// the session waits for it, and at the end.
    init(_ session: ClientSession, _ input: [UInt8], arrivals: some Sequence<Int>) {
        drive(session, input, arrivals)
        upstream = Self.withoutNothing(upstream)
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
                let step = session.next(input.span.extracting(start..<end), from: 0)
                switch step {
                case .needInput: break steps
                case .wait:
                    let answerable = session.inFlight - (session.isMidRequest ? 1 : 0)
                    guard answerable > 0 else {
                        Issue.record("waits for nothing at \(start)")
                        return
                    }
                    replies(answerable, &session)
                case .skip(let stepEnd): start += stepEnd
                case .forward(let range):
                    if range.lowerBound != 0 || range.isEmpty { Issue.record("forwards \(range) at \(start)") }
                    upstream += input[(start + range.lowerBound)..<(start + range.upperBound)]
                    start += range.upperBound
                case .substitute(let request, let stepEnd):
                    upstream += request
                    start += stepEnd
                case .answer(let reply, let stepEnd):
                    output.append(text(reply))
                    start += stepEnd
                case .reset(let reply, let stepEnd):
                    _ = session.linkForgotten()
                    output.append(text(reply))
                    start += stepEnd
                case .close(let reply):
                    output.append(text(reply))
                    isClosed = true
                    return
                }
            }
        }
        if session.isMatched { replies(session.inFlight - (session.isMidRequest ? 1 : 0), &session) }
    }

    private mutating func replies(_ count: Int, _ session: inout ClientSession) {
        for _ in 0..<count {
            session.replyArrived(marker: UInt8(ascii: "+"))
            output.append("reply")
        }
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
