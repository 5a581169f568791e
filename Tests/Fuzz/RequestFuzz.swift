import Bytes
import RESP

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequests(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let input = FuzzInput(start, count) { RequestFuzz(input).run() }
    return 0
}

/// Requests of a client, whole and cut anywhere.
private struct RequestFuzz {
    private let bytes: [UInt8]
    private let ends: [Int]
    private let limits: RESPLimits
    private let isAuthenticated: Bool

    init(_ input: FuzzInput) {
        bytes = input.bytes
        ends = input.ends
        // The narrow limits are reached by short inputs.
        limits =
            input.choice & 1 == 0
            ? RESPLimits() : RESPLimits(bulkBytesMax: 64, argumentCountMax: 12, inlineBytesMax: 32, unauthenticatedBulkBytesMax: 8)
        isAuthenticated = input.choice & 2 == 0
    }

    func run() {
        let whole = scan(arrivals: [bytes.count])
        let pieces = scan(arrivals: ends)
        demand(pieces == whole, "in pieces \(pieces), whole \(whole)")
        var offset = 0
        for outcome in whole {
            switch outcome {
            case .complete(let frame):
                let end = offset + frame.byteCount
                demand(frame.byteCount > 0 && end <= bytes.count, "\(frame) at \(offset) of \(bytes.count) bytes")
                if frame.isInline { checkInline(Array(bytes[offset..<end])) } else { checkArray(Array(bytes[offset..<end]), frame) }
                offset = end
            case .nothing(let count):
                demand(count > 0 && offset + count <= bytes.count, "nothing of \(count) bytes at \(offset)")
                offset += count
            case .malformed(let error):
                demand(error.offset >= 0 && offset + error.offset <= bytes.count, "\(error) lies outside")
                demand(error.reply.last == ASCII.lineFeed, "\(error) has no answer")
            case .incomplete: break
            }
        }
        if isAuthenticated { checkPassing(whole) }
    }

    /// Every outcome but incomplete, when as many bytes are there as `arrivals` says each time.
    private func scan(arrivals: [Int]) -> [RequestScanner.Outcome] {
        var scanner = RequestScanner()
        var outcomes: [RequestScanner.Outcome] = []
        var start = 0
        for end in arrivals {
            arrived: while start < end {
                let short = scanner.isIdle && isAuthenticated ? RequestScanner.wholeRequest(bytes.span.extracting(start..<end), limits: limits) : nil
                let outcome = scanner.scan(bytes.span.extracting(start..<end), limits: limits, isAuthenticated: isAuthenticated)
                if let short { demand(outcome == .complete(short), "the short way finds \(short), the long way \(outcome)") }
                switch outcome {
                case .incomplete: break arrived
                case .complete(let frame): start += frame.byteCount
                case .nothing(let count): start += count
                case .malformed: return outcomes + [outcome]
                }
                outcomes.append(outcome)
            }
        }
        return outcomes
    }

    /// The arguments, written again, are the request to the byte: it can be spelled in one way only.
    private func checkArray(_ request: [UInt8], _ frame: RequestFrame) {
        let arguments = RequestArguments.all(of: request.span)
        demand(arguments.count == frame.argumentCount, "\(frame) holds \(arguments.count) arguments")
        demand(Array(request[frame.name]) == arguments[0], "the name is \(request[frame.name])")
        demand(Array(request[frame.second]) == (arguments.count > 1 ? arguments[1] : []), "the second argument is \(request[frame.second])")
        var rewritten: [UInt8] = []
        CommandWriter.append(arguments, to: &rewritten)
        demand(rewritten == request, "rewritten it is \(rewritten)")
    }

    /// The words of a line, written as an array and quoted in a line, are the same words.
    private func checkInline(_ line: [UInt8]) {
        var content = line[..<(line.count - 1)]
        if content.last == ASCII.carriageReturn { content.removeLast() }
        let text = Array(content)
        guard let words = InlineRequest.arguments(of: text.span), !words.isEmpty else { return }
        demand(words.reduce(0) { $0 + $1.count } <= text.count, "the words are longer than their line")

        var request: [UInt8] = []
        CommandWriter.append(words, to: &request)
        var scanner = RequestScanner()
        guard case .complete(let frame) = scanner.scan(request.span, limits: RESPLimits()) else {
            fatalError("broken: \(request) does not scan")
        }
        demand(frame.byteCount == request.count && frame.argumentCount == words.count, "\(words) scans as \(frame)")
        demand(RequestArguments.all(of: request.span) == words, "\(words) comes back as something else")

        let digits = Array("0123456789abcdef".utf8)
        var quoted: [UInt8] = []
        for word in words {
            quoted.append(" \"" as StaticString)
            for byte in word { quoted += [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
            quoted.append(UInt8(ascii: "\""))
        }
        demand(InlineRequest.arguments(of: quoted.span) == words, "\(words) quoted splits into something else")
    }

    /// Passing on what may go of an unfinished request changes neither where it ends nor what it holds.
    private func checkPassing(_ whole: [RequestScanner.Outcome]) {
        var scanner = RequestScanner()
        var start = 0
        var passed = 0
        var isPassing = false
        var index = 0
        for end in ends {
            arrived: while start < end {
                let rest = bytes.span.extracting(start..<end)
                switch scanner.scan(rest, limits: limits) {
                case .complete(let frame):
                    guard index < whole.count, case .complete(let expected) = whole[index] else {
                        fatalError("broken: passing finds \(frame)")
                    }
                    demand(frame.byteCount + passed == expected.byteCount, "\(passed) bytes and \(frame) make \(expected)")
                    demand(frame.argumentCount == expected.argumentCount, "\(frame) is \(expected)")
                    start += frame.byteCount
                    (passed, isPassing, index) = (0, false, index + 1)
                case .nothing(let count):
                    demand(index < whole.count && whole[index] == .nothing(byteCount: count), "passing finds nothing")
                    start += count
                    index += 1
                case .malformed(let error):
                    guard index < whole.count, case .malformed(let expected) = whole[index] else {
                        fatalError("broken: passing finds \(error)")
                    }
                    demand(error.kind == expected.kind, "passing finds \(error), not \(expected)")
                    return
                case .incomplete:
                    isPassing = isPassing || scanner.incompleteHead != nil
                    guard isPassing else { break arrived }
                    let count = scanner.passableBytes(of: rest.count)
                    demand(count >= 0 && count <= rest.count, "\(count) of \(rest.count) bytes may pass")
                    guard count > 0 else { break arrived }
                    scanner.passed(count)
                    start += count
                    passed += count
                }
            }
        }
        demand(index == whole.count, "passing finds \(index) of \(whole)")
    }
}
