import Bytes
import Testing

@Suite("Buffer of bytes") struct ByteBufferTests {
    private func text(_ buffer: borrowing ByteBuffer) -> String { String(decoding: buffer.readable, as: UTF8.self) }

    @Test("a buffer that was never written to is one word, and holds no memory")
    func empty() {
        let buffer = ByteBuffer()
        #expect(MemoryLayout<ByteBuffer>.size == MemoryLayout<UnsafeRawPointer>.size)
        let (isEmpty, capacity, waiting) = (buffer.isEmpty, buffer.capacity, buffer.readable.count)
        #expect(isEmpty)
        #expect(capacity == 0)
        #expect(waiting == 0)
    }

    @Test("what is appended comes out in order, however it is consumed", arguments: [1, 3, 7, 64])
    func order(step: Int) {
        var buffer = ByteBuffer()
        var written: [UInt8] = []
        var read: [UInt8] = []
        var generator = UInt64(step)
        for round in 0..<2000 {
            generator = generator &* 6_364_136_223_846_793_005 &+ 1
            let bytes = (0..<Int(generator >> 58)).map { UInt8(truncatingIfNeeded: round &+ $0) }
            written += bytes
            buffer.append(bytes)
            let count = min(buffer.count, step * (round % 5))
            read += buffer.readable.prefix(count)
            buffer.consume(count)
            let left = buffer.count
            #expect(left == written.count - read.count)
        }
        read += buffer.readable
        #expect(read == written)
    }

    @Test("a large buffer gives its memory back when it is empty, a small one keeps it")
    func memory() {
        var buffer = ByteBuffer()
        buffer.append([UInt8](repeating: 1, count: 100))
        buffer.consume(100)
        var capacity = buffer.capacity
        #expect(capacity >= 100)
        buffer.append([UInt8](repeating: 1, count: 100_000))
        buffer.consume(100_000)
        capacity = buffer.capacity
        #expect(capacity == 0)
    }

    @Test("into room that is there, and only into that")
    func room() {
        var buffer = ByteBuffer()
        let word = Array("word".utf8)
        var isTaken = word.withUnsafeBytes { buffer.appendIfRoom($0) }
        #expect(!isTaken)
        buffer.append(word)
        isTaken = word.withUnsafeBytes { buffer.appendIfRoom($0) }
        #expect(isTaken)
        let long = [UInt8](repeating: 0, count: buffer.capacity)
        isTaken = long.withUnsafeBytes { buffer.appendIfRoom($0) }
        #expect(!isTaken)
        let held = text(buffer)
        #expect(held == "wordword")
    }

    @Test("an empty buffer lends its memory to a reserve, from which the next one takes it")
    func reserve() {
        var reserve = ByteBufferReserve()
        var first = ByteBuffer()
        first.append(Array("abc".utf8))
        first.consume(3)
        first.returnMemory(to: &reserve)
        var (capacity, spares) = (first.capacity, reserve.count)
        #expect(capacity == 0)
        #expect(spares == 1)
        var second = ByteBuffer()
        Array("xyz".utf8).withUnsafeBytes { second.append($0, &reserve) }
        let held = text(second)
        (capacity, spares) = (second.capacity, reserve.count)
        #expect(capacity >= 3)
        #expect(spares == 0)
        #expect(held == "xyz")
    }
}
