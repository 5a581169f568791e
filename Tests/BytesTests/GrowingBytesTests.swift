import Bytes
import Testing

@Suite("Bytes that come in parts") struct GrowingBytesTests {
    @Test("they are all there, in order, however they came", arguments: [1, 7, 511, 512, 513, 4096, 100_000])
    func parts(size: Int) {
        var bytes = GrowingBytes()
        var expected: [UInt8] = []
        for round in 0..<40 {
            let part = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ round) }
            bytes.append(part.span, in: 0..<0)
            bytes.append(part.span, in: (size / 3)..<size)
            expected += part[(size / 3)...]
        }
        let count = bytes.count
        #expect(count == expected.count)
        let same = bytes.withSpan { span in span.withUnsafeBufferPointer { Array($0) } == expected }
        #expect(same)
    }

    @Test("a queue of bytes keeps what waits when it grows, consumed from or not", arguments: [0, 3, 600])
    func queue(consumed: Int) {
        var buffer = ByteBuffer()
        let part = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        buffer.append(part)
        buffer.consume(consumed)
        for _ in 0..<300 { buffer.append(part) }
        let expected = Array(part[consumed...]) + Array((0..<300).map { _ in part }.joined())
        let same = buffer.withSpan { span in span.withUnsafeBufferPointer { Array($0) } == expected }
        #expect(same)
    }
}
