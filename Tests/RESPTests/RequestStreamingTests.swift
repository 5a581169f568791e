import Bytes
import RESP
import Testing

@Suite("Streaming an unfinished request") struct RequestStreamingTests {
    private struct Passing {
        var forwarded: [UInt8] = []
        var heads: [RequestFrame] = []
        var frames: [RequestFrame] = []
    }

    /// Passes every byte on as soon as the scanner allows it, as `input` arrives.
    private func pass(_ input: [UInt8], arrivals: some Sequence<Int>) -> Passing {
        var scanner = RequestScanner()
        var passing = Passing()
        var start = 0
        var isStreaming = false
        for end in arrivals {
            arrived: while start < end {
                let rest = input.span.extracting(start..<end)
                switch scanner.scan(rest, limits: RESPLimits()) {
                case .complete(let frame):
                    passing.forwarded += input[start..<(start + frame.byteCount)]
                    passing.frames.append(frame)
                    start += frame.byteCount
                    isStreaming = false
                case .incomplete:
                    if !isStreaming, let head = scanner.incompleteHead {
                        passing.heads.append(head)
                        isStreaming = true
                    }
                    guard isStreaming else { break arrived }
                    let count = scanner.passableBytes(of: rest.count)
                    guard count > 0 else { break arrived }
                    #expect(count <= rest.count)
                    scanner.passed(count)
                    passing.forwarded += input[start..<(start + count)]
                    start += count
                    if start == end { break arrived }
                case .nothing(let count): start += count
                case .malformed(let error):
                    Issue.record("\(error)")
                    return passing
                }
            }
        }
        return passing
    }

    private let large = bytes("*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$90\r\n" + String(repeating: "0123456\r\n", count: 10) + "\r\n$2\r\nEX\r\n")

    @Test("whatever is passed on adds up to the input, cut at any two places")
    func twoCuts() {
        let input = large + bytes("*1\r\n$4\r\nPING\r\n")
        for first in 0..<input.count {
            for second in stride(from: first, through: input.count, by: 3) {
                let passing = pass(input, arrivals: [first, second, input.count])
                #expect(passing.forwarded == input, "cut at \(first) and \(second)")
                #expect(passing.frames.count == 2, "cut at \(first) and \(second)")
            }
        }
        let single = pass(input, arrivals: 0...input.count)
        #expect(single.forwarded == input)
        #expect(single.frames.count == 2)
    }

    @Test("the head tells the name and the second argument as soon as both are whole")
    func head() throws {
        let input = large
        let firstWhole = bytes("*4\r\n$3\r\nSET\r\n$1\r\nk\r\n").count
        for end in 1..<input.count {
            var scanner = RequestScanner()
            #expect(scanner.scan(input.span.extracting(first: end), limits: RESPLimits()) == .incomplete)
            guard end >= firstWhole else {
                #expect(scanner.incompleteHead == nil, "after \(end) bytes")
                continue
            }
            let head = try #require(scanner.incompleteHead, "after \(end) bytes")
            #expect(input.text(in: head.name) == "SET")
            #expect(input.text(in: head.second) == "k")
        }
    }

    @Test("a second argument too long for a subcommand is left empty")
    func longSecond() throws {
        let header = "*2\r\n$4\r\nECHO\r\n$65\r\n"
        var scanner = RequestScanner()
        #expect(scanner.scan(bytes(header + "abc").span, limits: RESPLimits()) == .incomplete)
        let head = try #require(scanner.incompleteHead)
        #expect(bytes(header).text(in: head.name) == "ECHO")
        #expect(head.second.isEmpty)
        scanner = RequestScanner()
        #expect(scanner.scan(bytes("*2\r\n$6\r\nCLIENT\r\n$64\r\nabc").span, limits: RESPLimits()) == .incomplete)
        #expect(scanner.incompleteHead == nil)
    }

    @Test("a request of one argument has its head when the name is whole")
    func onlyName() {
        var scanner = RequestScanner()
        #expect(scanner.scan(bytes("*1\r\n$4\r\nPIN").span, limits: RESPLimits()) == .incomplete)
        #expect(scanner.incompleteHead == nil)
    }

    @Test("a request that was partly passed on completes without names, since they are gone")
    func names() {
        let passing = pass(large, arrivals: [60, large.count])
        #expect(passing.frames.map(\.name) == [0..<0])
        #expect(passing.frames.map(\.second) == [0..<0])
        #expect(passing.frames.map(\.argumentCount) == [4])
    }

    @Test("the line end behind a streamed body is still checked")
    func termination() {
        let start = bytes("*2\r\n$4\r\nECHO\r\n$70\r\n") + [UInt8](repeating: UInt8(ascii: "x"), count: 70)
        var scanner = RequestScanner()
        #expect(scanner.scan(start.span, limits: RESPLimits()) == .incomplete)
        let count = scanner.passableBytes(of: start.count)
        #expect(count == start.count)
        scanner.passed(count)
        #expect(scanner.scan(bytes("x").span, limits: RESPLimits()) == .incomplete)
        guard case .malformed(let error) = scanner.scan(bytes("xx").span, limits: RESPLimits()) else { return #expect(Bool(false)) }
        #expect(error.kind == .bulkNotTerminated)
    }
}
