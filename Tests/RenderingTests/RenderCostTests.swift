import RESP
import Rendering
import Testing

@Suite("What a rendering may take at most") struct RenderCostTests {
    @Test("no rendering is longer than was told before, whatever the reply holds")
    func bound() {
        var generator = SeededGenerator(seed: 7)
        for round in 0..<400 {
            var reply: [UInt8] = []
            let count = Int.random(in: 1...20, using: &generator)
            reply += Array("*\(count)\r\n".utf8)
            for _ in 0..<count {
                switch Int.random(in: 0...5, using: &generator) {
                case 0: reply += Array(":\(Int.random(in: -5...100_000, using: &generator))\r\n".utf8)
                case 1: reply += Array("$-1\r\n".utf8)
                case 2: reply += Array("_\r\n".utf8)
                case 3: reply += Array("#t\r\n".utf8)
                default:
                    let kinds: [ClosedRange<UInt8>] = [0...31, 32...126, 128...255, 0...255]
                    let kind = kinds[round % kinds.count]
                    let text = (0..<Int.random(in: 0...60, using: &generator)).map { _ in UInt8.random(in: kind, using: &generator) }
                    reply += Array("$\(text.count)\r\n".utf8) + text + Array("\r\n".utf8)
                }
            }
            var (json, xml, raw, packed) = ([UInt8](), [UInt8](), [UInt8](), [UInt8]())
            let name = Array("GET".utf8)
            _ = JSONRenderer.append(reply.span, command: name.span, to: &json)
            _ = XMLRenderer.append(reply.span, command: name.span, to: &xml)
            _ = RawRenderer.append(reply.span, to: &raw)
            _ = MessagePackRenderer.append(reply.span, command: name.span, to: &packed)
            #expect(json.count <= RenderCost.bytesMax(reply.span, .json))
            #expect(xml.count <= RenderCost.bytesMax(reply.span, .xml))
            #expect(raw.count <= RenderCost.bytesMax(reply.span, .raw))
            #expect(packed.count <= RenderCost.bytesMax(reply.span, .messagePack))
        }
    }
}
