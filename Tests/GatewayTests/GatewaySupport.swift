import Access
import Bytes
import HTTP1
import RESP
import Rendering
import Testing

@testable import Gateway

struct Unexpected: Error, CustomStringConvertible { let description: String }

/// What becomes of a request.
struct Planned: CustomStringConvertible {
    let plan: GatewayPlan
    private let read: GatewayCommand

    init(_ plan: GatewayPlan, _ command: GatewayCommand) {
        self.plan = plan
        read = command
    }

    var description: String { "\(plan)" }

    var command: GatewayCommand {
        get throws {
            guard case .run = plan else { throw Unexpected(description: "\(plan)") }
            return read
        }
    }

    /// What is answered at once.
    var answer: (answer: GatewayAnswer, framing: ResponseFraming)? {
        if case .respond(let answer, let framing) = plan { (answer, framing) } else { nil }
    }

    /// The status that is answered at once; nil if a command is run.
    var status: Int? { answer?.answer.status }
}

/// The plan for one whole request.
func plan(_ request: String, _ rules: GatewayRules = GatewayRules(), from peer: String = "127.0.0.1") throws -> Planned {
    try plan(Array(request.utf8), rules, from: peer)
}

func plan(_ request: [UInt8], _ rules: GatewayRules = GatewayRules(), from peer: String = "127.0.0.1") throws -> Planned {
    var parser = RequestHeadParser(limits: rules.limits)
    guard case .complete(let head, let count) = parser.parse(request.span) else {
        throw Unexpected(description: "not a request: \(String(decoding: request, as: UTF8.self))")
    }
    var body: [UInt8] = []
    var decoder = BodyDecoder(head)
    guard case .complete = decoder.decode(request.span.extracting(droppingFirst: count), into: &body) else {
        throw Unexpected(description: "the body is not whole")
    }
    var command = GatewayCommand()
    let plan = GatewayRouter(rules, peer: IPAddress(peer)).plan(head, in: request.span, body: body.span, into: &command)
    return Planned(plan, command)
}

func get(_ target: String, method: String = "GET", _ rules: GatewayRules = GatewayRules(), fields: String = "") throws -> Planned {
    try plan("\(method) \(target) HTTP/1.1\r\nHost: gw\r\n\(fields)\r\n", rules)
}

func send(_ method: String, _ target: String, body: String, _ rules: GatewayRules = GatewayRules(), fields: String = "") throws -> Planned {
    try plan("\(method) \(target) HTTP/1.1\r\nHost: gw\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)", rules)
}

extension GatewayCommand {
    var format: RenderFormat { presentation.format }
    var framing: ResponseFraming { presentation.framing }
    private var options: PresentationOptions.Values { presentation.options?.values ?? PresentationOptions.Values() }
    var contentType: [UInt8]? { options.contentType }
    var separator: [UInt8] { options.separator }
    var filename: [UInt8]? {
        get { options.filename }
        set { presentation.setOption(\.filename, newValue) }
    }
    var callback: [UInt8]? { options.callback }
    var ifNoneMatch: [UInt8]? { options.ifNoneMatch }
}

extension GatewayCommand {
    /// The arguments as strings, after checking that the RESP around them is exact.
    var words: [String] {
        var rest = arguments[...]
        func line(_ marker: String) -> Int {
            guard let end = rest.firstIndex(of: 0x0D) else { return -1 }
            let text = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
            rest = rest[(end + 2)...]
            return text.hasPrefix(marker) ? Int(text.dropFirst()) ?? -1 : -1
        }
        var words: [String] = []
        let count = line("*")
        for _ in 0..<max(0, count) {
            let length = line("$")
            guard length >= 0, rest.count >= length + 2 else { return ["malformed"] }
            words.append(String(decoding: rest.prefix(length), as: UTF8.self))
            rest = rest.dropFirst(length)
            guard rest.prefix(2).elementsEqual("\r\n".utf8) else { return ["malformed"] }
            rest = rest.dropFirst(2)
        }
        guard rest.isEmpty, words.count == count, count == argumentCount else { return ["malformed"] }
        guard String(decoding: arguments[name], as: UTF8.self) == words.first else { return ["wrong name"] }
        let first = firstArgument.map { String(decoding: arguments[$0], as: UTF8.self) }
        guard first == words.dropFirst().first else { return ["wrong first argument"] }
        return words
    }

    func response(to reply: String, _ rules: GatewayRules = GatewayRules()) -> String { response(to: Array(reply.utf8), rules) }

    func response(to reply: [UInt8], _ rules: GatewayRules = GatewayRules()) -> String {
        var output = Array("before".utf8)
        GatewayResponse.append(presentation, reply: reply.span, rules, to: &output)
        precondition(output.starts(with: "before".utf8))
        return String(decoding: output.dropFirst(6), as: UTF8.self)
    }
}

/// The fields that every response carries, and the one that it carries where no page of another origin may read it.
let ownFields = "Server: Mastergate\r\nX-Content-Type-Options: nosniff\r\nContent-Security-Policy: sandbox; default-src 'none'\r\n"
let commonFields = ownFields + "Cross-Origin-Resource-Policy: same-origin\r\nCache-Control: no-store\r\n"

/// The same in webdis mode, in Webdis's order.
let webdisFields =
    "Server: Webdis\r\nAllow: GET,POST,PUT,OPTIONS\r\nAccess-Control-Allow-Methods: GET,POST,PUT,OPTIONS\r\nAccess-Control-Allow-Origin: *\r\n"
    + "Access-Control-Allow-Headers: X-Requested-With, Content-Type, Authorization\r\n"

extension String {
    /// What stands behind the head.
    var body: String {
        guard let end = utf8.indices.first(where: { utf8[$0...].starts(with: "\r\n\r\n".utf8) }) else { return "no head: \(self)" }
        return String(decoding: utf8[end...].dropFirst(4), as: UTF8.self)
    }
}

/// Who sends a request with these fields.
func client(_ fields: String = "", _ rules: GatewayRules = GatewayRules(), from peer: String = "127.0.0.1") -> GatewayClient {
    let request = Array("POST / HTTP/1.1\r\nHost: gw\r\n\(fields)\r\n".utf8)
    var parser = RequestHeadParser(limits: rules.limits)
    guard case .complete(let head, _) = parser.parse(request.span) else { preconditionFailure("Cannot read the fields '\(fields)'") }
    return GatewayClient(head, in: request.span, peer: IPAddress(peer), rules, keepsLogin: true)
}

/// The command of these words.
func command(_ words: [String], database: Int = 0) -> GatewayCommand {
    var written: [UInt8] = []
    CommandWriter.append(words.map { Array($0.utf8) }, to: &written)
    return GatewayCommand(again: written, database: database, ReplyPresentation())
}

extension GatewayBatch {
    /// All of its parts, in order.
    func takeParts() -> [Part] {
        var parts: [Part] = []
        while let part = next {
            parts.append(part)
            advance()
        }
        return parts
    }
}
