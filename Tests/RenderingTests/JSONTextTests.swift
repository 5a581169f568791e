import Bytes
import Testing

@testable import Rendering

@Suite("JSON text") struct JSONTextTests {
    private func escaped(_ bytes: [UInt8]) -> (bytes: [UInt8], replaced: Bool) {
        var output: [UInt8] = [0x7E]
        let replaced = JSONText.append(bytes.span, to: &output)
        #expect(output.first == 0x7E)
        return (Array(output.dropFirst()), replaced)
    }

    /// The same rules, a byte at a time and with the standard library's decoder: slow and obvious.
    private func expected(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\u{8}": output += Array("\\b".utf8)
            case "\u{C}": output += Array("\\f".utf8)
            case "\n": output += Array("\\n".utf8)
            case "\r": output += Array("\\r".utf8)
            case "\t": output += Array("\\t".utf8)
            case "\"": output += Array("\\\"".utf8)
            case "\\": output += Array("\\\\".utf8)
            case _ where scalar.value < 32:
                let hex = String(scalar.value, radix: 16, uppercase: true)
                output += Array(("\\u00" + (hex.count == 1 ? "0" : "") + hex).utf8)
            default: output += Array(String(scalar).utf8)
            }
        }
        return output
    }

    @Test("every byte has its spelling, at every place of a word")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            for position in 0..<17 {
                var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 17)
                bytes[position] = byte
                let (text, replaced) = escaped(bytes)
                #expect(text == expected(bytes))
                #expect(replaced == (byte >= 0x80))
            }
        }
    }

    @Test("control bytes have Webdis's spellings")
    func controls() {
        #expect(escaped([0]).bytes == Array(#"\u0000"#.utf8))
        #expect(escaped([0x1F]).bytes == Array(#"\u001F"#.utf8))
        #expect(escaped([0x7F]).bytes == [0x7F])
        #expect(escaped(Array("\t\n\r\u{8}\u{C}\"\\/".utf8)).bytes == Array(#"\t\n\r\b\f\"\\/"#.utf8))
        #expect(escaped(Array("\u{2028}é✓🎉".utf8)).bytes == Array("\u{2028}é✓🎉".utf8))
    }

    @Test("each maximal invalid part becomes one U+FFFD")
    func invalid() {
        let cases: [([UInt8], String)] = [
            ([0xFF, 0xFE, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xE2, 0x9C], "\u{FFFD}"), ([0xE2, 0x9C, 0x61], "\u{FFFD}a"), ([0xF0, 0x9F, 0x8E], "\u{FFFD}"),
            ([0xC0, 0xAF], "\u{FFFD}\u{FFFD}"), ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xE0, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0xC3, 0xC3, 0xA9], "\u{FFFD}é"), ([0xF1, 0x80, 0xC3, 0xA9], "\u{FFFD}é"),
        ]
        for (bytes, text) in cases {
            let (output, replaced) = escaped(bytes)
            #expect(output == Array(text.utf8))
            #expect(replaced)
        }
    }

    @Test("two and three bytes of every value agree with the standard library")
    func shortSequences() {
        let interesting: [UInt8] = [0x00, 0x22, 0x41, 0x5C, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF]
        // One expectation for each lead byte: recording one for each sequence takes longer than all the work.
        for first in UInt8(0x80)...UInt8.max {
            var wrong: [[UInt8]] = []
            for second in interesting {
                for third in interesting {
                    for fourth in interesting where first >= 0xF0 || fourth == 0x41 {
                        let bytes = [first, second, third, fourth]
                        var output: [UInt8] = []
                        _ = JSONText.append(bytes.span, to: &output)
                        if output != expected(bytes) { wrong.append(bytes) }
                    }
                }
            }
            #expect(wrong.isEmpty)
        }
    }

    @Test("long text of every mixture agrees with the standard library, across the chunks of the work")
    func longText() {
        var state: UInt64 = 42
        let pieces: [[UInt8]] = [Array("plain ascii text ".utf8), Array("\"q\"\\".utf8), Array("é✓🎉".utf8), [0x01, 0x0A], [0xFF], [0xE2, 0x9C], Array("x".utf8)]
        for round in 0..<60 {
            var bytes: [UInt8] = []
            while bytes.count < 4096 * (round % 4) + 4080 + round {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes += pieces[Int((state >> 33) % UInt64(pieces.count))]
            }
            let (output, replaced) = escaped(bytes)
            #expect(output == expected(bytes))
            #expect(replaced)
        }
    }
}
