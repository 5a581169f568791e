import RESP
import Testing

@Suite("Command writer") struct CommandWriterTests {
    @Test("commands are arrays of bulk strings, lengths counted in bytes")
    func encode() {
        #expect(text(CommandWriter.encode("SET", "ü", "")) == "*3\r\n$3\r\nSET\r\n$2\r\nü\r\n$0\r\n\r\n")
        var output = bytes("before")
        CommandWriter.append([bytes("GET"), [0, 13, 10, 255]], to: &output)
        #expect(output == bytes("before*2\r\n$3\r\nGET\r\n$4\r\n") + [0, 13, 10, 255, 13, 10])
        output = []
        CommandWriter.append("PING", to: &output)
        #expect(text(output) == "*1\r\n$4\r\nPING\r\n")
    }

    @Test("what is written is one request, and its arguments are read back")
    func roundTrip() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            let arguments = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            }
            var output: [UInt8] = []
            CommandWriter.append(arguments, to: &output)
            guard case .complete(let frame)? = scanned(output, arrivals: [output.count]).first else { return #expect(Bool(false)) }
            #expect(frame.byteCount == output.count)
            #expect(RequestArguments.all(of: output.span) == arguments)
        }
    }

    @Test("arguments of what is no whole request are those that are whole", arguments: [
        ("", 0), ("PING\r\n", 0), ("*2\r\n$3\r\nGET\r\n", 1), ("*2\r\n$3\r\nGET\r\n$5\r\nab", 1), ("*2\r\n$3\r\nGET\r\n:1\r\n", 1), ("*-1\r\n", 0),
        ("*99999999999\r\n", 0),
    ])
    func partial(input: String, count: Int) { #expect(RequestArguments.all(of: bytes(input).span).count == count) }
}
