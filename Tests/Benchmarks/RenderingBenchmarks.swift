import Bytes
import Rendering

/// Turning a reply into what an HTTP client gets.
enum RenderingBenchmarks {
    static var all: [Benchmark] {
        let replies = [
            ("64-byte bulk string", "$64\r\n\(ProtocolBenchmarks.value)\r\n"),
            ("array of 100", "*100\r\n" + String(repeating: "$8\r\nelement!\r\n", count: 100)),
            ("integer", ":1234567\r\n"),
        ]
        return replies.map { name, reply in json("render/JSON, \(name)", reply) }
            + replies.map { name, reply in raw("render/raw, \(name)", reply) }
            + replies.map { name, reply in text("render/text, \(name)", reply) }
            + replies.map { name, reply in messagePack("render/MessagePack, \(name)", reply) } + [
                json("render/JSON, stream of 100 messages", stream, command: "XRANGE"),
                json("render/JSON, 4 KiB of ASCII", bulk(String(repeating: "The quick brown fox jumps, over.", count: 128))),
                json("render/JSON, 4 KiB of ASCII with quotes", bulk(String(repeating: "{\"name\":\"value\",\"count\":123456},", count: 128))),
                json("render/JSON, 4 KiB of CJK", bulk(String(repeating: "日本語中文한국어漢字", count: 137))),
            ]
    }

    private static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }

    private static var stream: String {
        "*100\r\n" + String(repeating: "*2\r\n$3\r\n1-1\r\n*4\r\n$1\r\na\r\n$8\r\nelement!\r\n$1\r\nb\r\n$1\r\n2\r\n", count: 100)
    }

    private static func json(_ name: String, _ reply: String, command: String = "GET") -> Benchmark {
        let command = Input(command)
        return render(name, reply) { JSONRenderer.append($0, command: command.hidden.span, to: &$1) }
    }

    private static func raw(_ name: String, _ reply: String) -> Benchmark { render(name, reply) { RawRenderer.append($0, to: &$1) } }

    private static func text(_ name: String, _ reply: String) -> Benchmark {
        render(name, reply) { TextRenderer.append($0, separator: Span(), to: &$1) }
    }

    private static func messagePack(_ name: String, _ reply: String) -> Benchmark {
        let command = Input("GET")
        return render(name, reply) { MessagePackRenderer.append($0, command: command.hidden.span, to: &$1) }
    }

    private static func render(
        _ name: String, _ reply: String, _ renderer: @escaping (Span<UInt8>, inout [UInt8]) -> RenderOutcome
    ) -> Benchmark {
        let input = Input(reply)
        return Benchmark(name) { stopwatch in
            // As the front end does: one output buffer, which keeps its memory.
            var output: [UInt8] = []
            stopwatch.measure {
                output.removeAll(keepingCapacity: true)
                precondition(renderer(input.hidden.span, &output) == .rendered, "Cannot render \(name)")
                keep(output.count)
            }
        }
    }
}
