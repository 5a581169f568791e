import Access
import Bytes
import Gateway
import HTTP1
import RESP

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTP(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let input = FuzzInput(start, count) { HTTPFuzz(input).run() }
    return 0
}

/// HTTP requests of one connection, whole and cut anywhere, and the commands in them.
private struct HTTPFuzz {
    /// One request as it was read.
    private struct Request: Equatable {
        var head: RequestHead
        var headStart: Int
        var headBytes: Int
        var body: [UInt8]
        var end: Int
    }

    /// What a connection carried until it ended or went wrong.
    private struct Reading: Equatable {
        var requests: [Request] = []
        var isMalformed = false
    }

    private let bytes: [UInt8]
    private let ends: [Int]
    private let limits: HTTPLimits
    private let isWebdis: Bool

    init(_ input: FuzzInput) {
        bytes = input.bytes
        ends = input.ends
        var limits = HTTPLimits()
        // The narrow limits are reached by short inputs.
        if input.choice & 1 == 1 {
            limits.headBytesMax = 160
            limits.requestLineBytesMax = 60
            limits.headerCountMax = 4
            limits.bodyBytesMax = 40
        }
        isWebdis = input.choice & 2 == 2
        if isWebdis { limits.leniency = .webdis }
        self.limits = limits
    }

    func run() {
        let whole = read(arrivals: [bytes.count])
        let pieces = read(arrivals: ends)
        let recalled = read(arrivals: [bytes.count], recalls: true)
        demand(recalled == whole, "with fields recalled \(recalled), read anew \(whole)")
        // Which fault is noticed first depends on what is there; that there is one, and behind what, does not.
        demand(pieces == whole, "in pieces \(pieces), whole \(whole)")
        for request in whole.requests {
            demand(request.headBytes > 0 && request.end <= bytes.count, "\(request) of \(bytes.count) bytes")
            demand(request.headBytes <= limits.headBytesMax && request.body.count <= limits.bodyBytesMax, "\(request) is over the limits")
            demand(!request.head.isChunked || request.head.contentLength == nil, "\(request) has two lengths")
            route(request)
        }
    }

    /// - Parameter recalls: whether fields that are those of the request before are recalled, not read.
    private func read(arrivals: [Int], recalls: Bool = false) -> Reading {
        var reading = Reading()
        var memo = FieldMemo()
        var parser = RequestHeadParser(limits: limits)
        var current: (request: Request, decoder: BodyDecoder)?
        var start = 0
        for end in arrivals {
            arrived: while start < end || current != nil {
                let rest = bytes.span.extracting(start..<end)
                if var (request, decoder) = current {
                    switch decoder.decode(rest, into: &request.body) {
                    case .malformed:
                        reading.isMalformed = true
                        return reading
                    case .incomplete(let consumed):
                        demand(consumed == rest.count, "a body leaves \(rest.count - consumed) bytes and goes on")
                        start += consumed
                        current = (request, decoder)
                        break arrived
                    case .complete(let consumed):
                        demand(consumed <= rest.count, "a body takes \(consumed) of \(rest.count) bytes")
                        start += consumed
                        request.end = start
                        reading.requests.append(request)
                        current = nil
                    }
                } else {
                    if !recalls { memo = FieldMemo() }
                    switch parser.parse(rest, &memo) {
                    case .incomplete: break arrived
                    case .malformed:
                        reading.isMalformed = true
                        return reading
                    case .complete(let head, let count):
                        demand(count <= rest.count, "a head takes \(count) of \(rest.count) bytes")
                        current = (Request(head: head, headStart: start, headBytes: count, body: [], end: 0), BodyDecoder(head, limits: limits))
                        parser = RequestHeadParser(limits: limits)
                        start += count
                    }
                }
            }
        }
        return reading
    }

    /// A command that is to be run is one whole request of RESP, and its response one whole response of HTTP.
    private func route(_ request: Request) {
        let head = Array(bytes[request.headStart..<(request.headStart + request.headBytes)])
        let rules = GatewayRules(
            isWebdis: isWebdis, hasWebSockets: true, origins: OriginRules(["http://a"]), etagBytesMax: 100, trustedProxies: CIDRRange.all, compressionBytesMin: 1, mapsErrors: true, hasCacheTTL: true)
        var command = GatewayCommand()
        switch GatewayRouter(rules, peer: IPAddress("10.0.0.1")).plan(request.head, in: head.span, body: request.body.span, into: &command) {
        case .run: check(command, rules)
        case .reply(let reply): demand(reply.first == UInt8(ascii: "$") || reply.first == UInt8(ascii: "-"), "a reply of our own that is none")
        case .batch(let batch):
            while let part = batch.next {
                batch.advance()
                if case .command(let one) = part { check(one, rules) }
            }
        case .health: break
        case .upgrade(let start): checkResponse(start.response, omitsBody: true)
        case .respond(let answer, let framing):
            var response: [UInt8] = []
            answer.append(framing, rules, to: &response)
            checkResponse(response, omitsBody: framing.omitsBody)
        }
    }

    private func check(_ command: GatewayCommand, _ rules: GatewayRules) {
        var scanner = RequestScanner()
        guard case .complete(let frame) = scanner.scan(command.arguments.span, limits: RESPLimits()) else {
            fatalError("broken: the command \(command) does not scan")
        }
        demand(frame.byteCount == command.arguments.count, "\(command) holds more than one request")
        demand(frame.argumentCount == command.argumentCount, "\(command) holds \(frame.argumentCount) arguments")
        demand(frame.name == command.name, "\(command) has its name at \(frame.name)")
        demand(frame.second == command.firstArgument ?? 0..<0, "\(command) has its second argument at \(frame.second)")

        var response: [UInt8] = []
        GatewayResponse.append(command.presentation, reply: Array("*2\r\n$1\r\na\r\n:5\r\n".utf8).span, rules, to: &response)
        checkResponse(response, omitsBody: command.presentation.framing.omitsBody)
    }

    /// No byte of a request can end a field line or the head of the response.
    private func checkResponse(_ response: [UInt8], omitsBody: Bool) {
        var lines: [[UInt8]] = []
        var index = 0
        while let lineFeed = response[index...].firstIndex(of: ASCII.lineFeed) {
            demand(lineFeed > index && response[lineFeed - 1] == ASCII.carriageReturn, "a bare line feed in \(response)")
            lines.append(Array(response[index..<(lineFeed - 1)]))
            index = lineFeed + 1
            if lines.last?.isEmpty == true { break }
        }
        demand(lines.last?.isEmpty == true, "the head has no end in \(response)")
        demand(lines.allSatisfy { line in line.allSatisfy { $0 >= ASCII.space && $0 != 0x7F || $0 == 0x09 } }, "a control byte in \(response)")
        let names = lines.dropFirst().dropLast().map { String(decoding: $0.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self) }
        demand(Set(names).count == names.count, "a field twice: \(names)")
        let length = lines.first { $0.starts(with: "Content-Length: ".utf8) }.flatMap { Int(String(decoding: $0.dropFirst(16), as: UTF8.self)) }
        // A 304 has no body, whatever else it says.
        let omitsBody = omitsBody || response.dropFirst(9).starts(with: "304".utf8)
        demand(omitsBody ? index == response.count : length == response.count - index, "\(length ?? -1) bytes are promised in \(response)")
    }
}

extension CIDRRange {
    /// Every address there is.
    fileprivate static let all = [try? CIDRRange(parsing: "0.0.0.0/0"), try? CIDRRange(parsing: "::/0")].compactMap { $0 }
}
