import Bytes
import RESP
import Rendering

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReplies(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let input = FuzzInput(start, count) { ReplyFuzz(input).run() }
    return 0
}

/// Replies of a server, whole and cut anywhere; and what is made of each.
private struct ReplyFuzz {
    private struct Framing: Equatable {
        var ends: [Int] = []
        var markers: [UInt8] = []
        var error: ReplyError?
    }

    private struct Values: Equatable {
        var values: [ReplyValue] = []
        var error: ReplyError?
    }

    private let bytes: [UInt8]
    private let ends: [Int]
    private let command: [UInt8]
    private let depthMax: Int

    init(_ input: FuzzInput) {
        bytes = input.bytes
        ends = input.ends
        let commands = ["GET", "HGETALL", "INFO", "a\"\\\u{1F}é", "XRANGE", "XREAD", "XPENDING", "GEORADIUS"]
        command = Array(commands[Int(input.choice & 3 | input.choice >> 3 & 4)].utf8)
        depthMax = input.choice & 4 == 0 ? 128 : 3
    }

    func run() {
        let whole = frame(chunkEnds: [bytes.count])
        let pieces = frame(chunkEnds: ends)
        demand(pieces == whole, "in pieces \(pieces), whole \(whole)")
        var start = 0
        for end in whole.ends {
            demand(end > start && end <= bytes.count, "a reply ends at \(end) of \(bytes.count), behind \(start)")
            check(Array(bytes[start..<end]))
            start = end
        }
        let valuesWhole = values(chunkEnds: [bytes.count])
        let valuesInPieces = values(chunkEnds: ends)
        demand(valuesInPieces == valuesWhole, "in pieces \(valuesInPieces), whole \(valuesWhole)")
    }

    private func frame(chunkEnds: [Int]) -> Framing {
        var framer = ReplyFramer(nestingDepthMax: depthMax)
        var framing = Framing()
        var base = 0
        for end in chunkEnds {
            let chunk = bytes.span.extracting(base..<end)
            var index = 0
            while index < chunk.count {
                switch framer.advance(chunk, from: index) {
                case .incomplete: index = chunk.count
                case .reply(let marker, let replyEnd):
                    demand(framer.isBetweenReplies, "the framer is inside a reply at the end of one")
                    framing.ends.append(base + replyEnd)
                    framing.markers.append(marker)
                    index = replyEnd
                case .malformed(let error):
                    framing.error = error
                    return framing
                }
            }
            base = end
        }
        return framing
    }

    private func values(chunkEnds: [Int]) -> Values {
        var stream = ReplyStream()
        var found = Values()
        var start = 0
        for end in chunkEnds {
            bytes[start..<end].withUnsafeBytes { stream.append($0) }
            start = end
            do throws(ReplyError) {
                while let value = try stream.next() { found.values.append(value) }
            } catch {
                found.error = error
                return found
            }
        }
        return found
    }

    /// Whoever reads one reply, as the framer delimits it, ends where it ends.
    private func check(_ reply: [UInt8]) {
        var reader = ReplyReader()
        let value = ReplyValue(reply.span, reader: &reader)
        if let value { demand(reader.offset == reply.count, "\(value) ends at \(reader.offset) of \(reply)") }

        var json: [UInt8] = []
        let outcome = JSONRenderer.append(reply.span, command: command.span, to: &json)
        demand(outcome != .missing, "JSON can say nil")
        demand(outcome == .unrenderable ? json.isEmpty : JSONText.isOneValue(json), "\(outcome) \(String(decoding: json, as: UTF8.self))")
        // Not the other way round: a streamed map that ends behind a key has a text, and is no object of JSON.
        let isRendered = outcome != .unrenderable

        var text: [UInt8] = []
        let textOutcome = TextRenderer.append(reply.span, separator: Array(", ".utf8).span, to: &text)
        demand(textOutcome == .rendered || text.isEmpty, "\(textOutcome) with text")
        demand(!isRendered || textOutcome != .unrenderable, "JSON, but no text: \(reply)")

        var xml: [UInt8] = []
        let xmlOutcome = XMLRenderer.append(reply.span, command: command.span, to: &xml)
        demand(xmlOutcome == .rendered || xmlOutcome == .renderedWithReplacements || xml.isEmpty, "\(xmlOutcome) with text")
        demand(!isRendered || xmlOutcome != .unrenderable, "JSON, but no XML: \(reply)")

        var packed: [UInt8] = []
        let packedOutcome = MessagePackRenderer.append(reply.span, command: command.span, to: &packed)
        demand((packedOutcome == .rendered) == isRendered && isRendered != packed.isEmpty, "JSON \(outcome), MessagePack \(packedOutcome): \(reply)")

        var two: [UInt8] = []
        let twoOutcome = RESP2Renderer.append(reply.span, to: &two)
        demand(twoOutcome == textOutcome || textOutcome == .missing, "text \(textOutcome), RESP2 \(twoOutcome): \(reply)")
        var again: [UInt8] = []
        demand(RESP2Renderer.append(two.span, to: &again) == twoOutcome && again == two, "RESP2 of \(two) is \(again)")
        var webdis: [UInt8] = []
        demand(RawRenderer.append(reply.span, rules: RenderRules(isWebdis: true), to: &webdis) == twoOutcome, "Webdis's RESP2 is \(webdis)")

        for isBase64 in [false, true] {
            var answer: [UInt8] = []
            let answerOutcome = UpstashRenderer.append(reply.span, rules: UpstashRules(isBase64: isBase64), to: &answer)
            demand(answerOutcome == .unrenderable ? answer.isEmpty : JSONText.isOneValue(answer), "\(answerOutcome) \(String(decoding: answer, as: UTF8.self))")
        }

        var raw: [UInt8] = []
        demand(RawRenderer.append(reply.span, to: &raw) == .rendered && raw == reply, "raw is \(raw)")
    }
}
