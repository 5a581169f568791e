import Bytes
import RESP
import Testing

@Suite("Request scanner") struct RequestScannerTests {
    @Test(
        "requests are found wherever they are cut",
        arguments: [
            ("*1\r\n$4\r\nPING\r\n", ["1:PING| 14"]),
            ("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", ["2:GET|k 20"]),
            ("*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\n\r\n\r\n\r\n", ["3:SET| 29"]),
            ("*1\r\n$0\r\n\r\n", ["1:| 10"]),
            ("*2\r\n$3\r\nGET\r\n$2\r\n*1\r\n*1\r\n$4\r\nPING\r\n", ["2:GET|*1 21", "1:PING| 14"]),
            ("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n", ["1:PING| 14", "1:QUIT| 14"]),
            ("*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n", ["1:PING| 14"]),
        ])
    func arrays(input: String, expected: [String]) { #expect(requests(input) == expected) }

    @Test(
        "empty arrays and empty lines ask for nothing",
        arguments: [
            ("*0\r\n", ["nothing 4"]), ("*-1\r\n", ["nothing 5"]), ("*-77\r\n*0\r\n", ["nothing 6", "nothing 4"]),
            ("\r\n", ["nothing 2"]), ("\n", ["nothing 1"]), ("\r\n\n*0\r\n*1\r\n$1\r\na\r\n", ["nothing 2", "nothing 1", "nothing 4", "1:a| 11"]),
        ])
    func nothing(input: String, expected: [String]) { #expect(requests(input) == expected) }

    @Test(
        "a line that does not begin with a star is an inline request",
        arguments: [
            ("PING\r\n", ["inline 6"]), ("PING\n", ["inline 5"]), (" \r\n", ["inline 3"]), ("\r\r\n", ["inline 3"]),
            ("GET \"a b\"\r\n*1\r\n$4\r\nPING\r\n", ["inline 11", "1:PING| 14"]), ("$3\r\n", ["inline 4"]), ("PING", []),
            ("GET *1\nPING\n", ["inline 7", "inline 5"]),
        ])
    func inline(input: String, expected: [String]) { #expect(requests(input) == expected) }

    @Test(
        "a wrong argument count is refused in Redis's words",
        arguments: ["*a\r\n", "*\r\n", "*+5\r\n", "*01\r\n", "*00\r\n", "*-0\r\n", "*-\r\n", "*- 1\r\n", "*1 \r\n", "* 1\r\n", "*1\rX", "*1048577\r\n",
            "*2147483648\r\n", "*9223372036854775807\r\n", "*9223372036854775808\r\n", "*18446744073709551616\r\n",
            "*99999999999999999999999999999999\r\n", "*-99999999999999999999\r\n", "*--1\r\n", "*1.0\r\n"])
    func count(input: String) { #expect(requests(input) == ["-ERR Protocol error: invalid multibulk length"]) }

    @Test(
        "a wrong bulk length is refused in Redis's words",
        arguments: ["$a\r\n", "$\r\n", "$+4\r\n", "$04\r\n", "$-0\r\n", "$-1\r\n", "$-4\r\n", "$4 \r\n", "$4\rX", "$536870913\r\n", "$2147483647\r\n",
            "$9223372036854775807\r\n", "$9223372036854775808\r\n", "$-9223372036854775808\r\n", "$99999999999999999999999999\r\n"])
    func length(header: String) {
        #expect(requests("*1\r\n" + header) == ["-ERR Protocol error: invalid bulk length"])
        #expect(requests("*2\r\n$3\r\nGET\r\n" + header) == ["-ERR Protocol error: invalid bulk length"])
    }

    @Test(
        "what stands in a bulk string's place is named",
        arguments: [(":1\r\n", ":"), ("*1\r\n", "*"), ("\r\n", "?"), ("\u{0}", "?"), ("PING", "P"), ("'", "'"), ("\u{7f}", "?"), ("é", "?")])
    func expectedBulk(element: String, shown: String) {
        #expect(requests("*1\r\n" + element) == ["-ERR Protocol error: expected '$', got '\(shown)'"])
    }

    @Test("a bulk string whose length is wrong cannot smuggle a request", arguments: ["xx", "\r\r", "\n\n", "x\n", "\rx"])
    func termination(end: String) {
        #expect(requests("*1\r\n$4\r\nPING" + end) == ["-ERR Protocol error: bulk string not terminated by CRLF"])
    }

    @Test("an error names the place from the request's start")
    func offset() {
        let input = bytes("*2\r\n$3\r\nGET\r\n$x\r\n")
        #expect(scanned(input, arrivals: [input.count]) == [.malformed(RequestError(.invalidBulkLength, at: 13))])
    }

    @Test("the largest allowed count, bulk string and inline request pass, and not one more")
    func limits() {
        let limits = RESPLimits(bulkBytesMax: 5, argumentCountMax: 2, inlineBytesMax: 16)
        #expect(requests("*2\r\n$5\r\nabcde\r\n$0\r\n\r\n", limits: limits) == ["2:abcde| 21"])
        #expect(requests("*3\r\n", limits: limits) == ["-ERR Protocol error: invalid multibulk length"])
        #expect(requests("*1\r\n$6\r\n", limits: limits) == ["-ERR Protocol error: invalid bulk length"])
        #expect(requests(String(repeating: "x", count: 16) + "\n", limits: limits) == ["inline 17"])
        #expect(requests(String(repeating: "x", count: 17) + "\n", limits: limits) == ["-ERR Protocol error: too big inline request"])
        let digits = String(repeating: "1", count: 17)
        #expect(requests("*" + digits, limits: limits) == ["-ERR Protocol error: too big mbulk count string"])
        #expect(requests("*1\r\n$" + digits, limits: limits) == ["-ERR Protocol error: too big bulk count string"])
        #expect(requests("*" + digits.dropFirst() + "\r\n", limits: limits) == ["-ERR Protocol error: invalid multibulk length"])
    }

    @Test("without a password shown, ten short arguments are the most")
    func unauthenticated() {
        let limits = RESPLimits(unauthenticatedBulkBytesMax: 8)
        func ask(_ input: String) -> [String] { requests(input, limits: limits, isAuthenticated: false) }
        let ten = "*10\r\n" + String(repeating: "$1\r\na\r\n", count: 10)
        #expect(ask(ten) == ["10:a|a 75"])
        #expect(ask("*11\r\n") == ["-ERR Protocol error: unauthenticated multibulk length"])
        #expect(ask("*1\r\n$8\r\n12345678\r\n") == ["1:12345678| 18"])
        #expect(ask("*1\r\n$9\r\n") == ["-ERR Protocol error: unauthenticated bulk length"])
        #expect(ask("*-1\r\n") == ["nothing 5"])
    }

    @Test("defaults are Redis's own limits")
    func defaults() {
        let large = "*1\r\n$16385\r\n"
        #expect(requests(large, isAuthenticated: false) == ["-ERR Protocol error: unauthenticated bulk length"])
        #expect(requests("*1\r\n$16384\r\n", isAuthenticated: false).isEmpty)
        #expect(requests("*1\r\n$536870912\r\n").isEmpty)
        let digits = [UInt8](repeating: UInt8(ascii: "1"), count: 65_537)
        #expect(scanned([0x2A] + digits, arrivals: [65_538]) == [.malformed(RequestError(.tooBigMultibulkCount, at: 0))])
        #expect(scanned([0x2A] + digits, arrivals: [65_537]).isEmpty)
        #expect(scanned(digits, arrivals: [65_537]) == [.malformed(RequestError(.tooBigInline, at: 0))])
    }

    @Test("behind a NUL no inline request ends, so that it becomes too long, as in Redis")
    func noLineEndBehindNUL() {
        let noise = [UInt8](repeating: 0x41, count: 1024) + [0x0A]
        #expect(scanned([0] + noise, arrivals: [1026]).isEmpty)
        let long: [UInt8] = [0] + Array(repeating: noise, count: 70).joined()
        #expect(scanned(long, arrivals: [long.count]) == [.malformed(RequestError(.tooBigInline, at: 0))])
    }

    @Test("the scanner is idle between two requests only")
    func idle() {
        let input = bytes("*1\r\n$4\r\nPING\r\n")
        var scanner = RequestScanner()
        for end in 0..<input.count {
            #expect(scanner.scan(input.span.extracting(first: end), limits: RESPLimits()) == .incomplete)
            #expect(scanner.isIdle == (end == 0), "after \(end) bytes")
        }
        guard case .complete = scanner.scan(input.span, limits: RESPLimits()) else { return #expect(Bool(false)) }
        #expect(scanner.isIdle)
    }
}
