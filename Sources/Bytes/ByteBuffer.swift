/// A growable queue of bytes in one block of memory: written at the tail, consumed at the head.
///
/// Memory is given back when the buffer is empty and larger than ``retainedBytesMax``, so that an idle connection costs
/// next to nothing.
package struct ByteBuffer: ~Copyable {
    /// Capacity that an empty buffer keeps.
    package static let retainedBytesMax = 4096

    private var storage: UnsafeMutableRawBufferPointer = .init(start: nil, count: 0)
    private var head = 0
    private var tail = 0

    package init() {}

    deinit { storage.deallocate() }

    /// Bytes waiting.
    package var count: Int { tail &- head }

    package var isEmpty: Bool { head == tail }

    /// Memory held, in bytes.
    package var capacity: Int { storage.count }

    /// The waiting bytes. The pointer holds until the buffer is next changed.
    package var readable: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage)[head..<tail])
    }

    /// Calls `body` with the waiting bytes.
    package func withSpan<R>(_ body: (Span<UInt8>) throws -> R) rethrows -> R {
        try body(readable.bindMemory(to: UInt8.self).span)
    }

    /// Appends a copy of `bytes`.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        storage.baseAddress?.advanced(by: tail).copyMemory(from: source, byteCount: bytes.count)
        tail &+= bytes.count
    }

    /// Appends a copy of `bytes`.
    package mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    /// Drops the first `count` bytes.
    ///
    /// - Parameter retainedBytesMax: capacity that is kept when none is left.
    package mutating func consume(_ count: Int, retainedBytesMax: Int = Self.retainedBytesMax) {
        precondition(count <= self.count, "Cannot consume more bytes than wait")
        head &+= count
        guard head == tail else { return }
        head = 0
        tail = 0
        if storage.count > retainedBytesMax { release() }
    }

    /// Hands out all that waits, memory included; the buffer is empty behind it.
    package mutating func takeAll() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&self, &taken)
        return taken
    }

    /// Appends a copy of `bytes`, into a block of the reserve where there is none yet.
    package mutating func append(_ bytes: UnsafeRawBufferPointer, _ reserve: inout ByteBufferReserve) {
        if storage.count == 0, let block = reserve.take() { storage = block }
        append(bytes)
    }

    /// Gives the memory to the reserve. The buffer must be empty.
    package mutating func returnMemory(to reserve: inout ByteBufferReserve) {
        precondition(isEmpty, "Cannot give away memory that is in use")
        guard storage.count > 0 else { return }
        if !reserve.keep(storage) { storage.deallocate() }
        storage = .init(start: nil, count: 0)
    }

    /// Drops everything, and the memory with it.
    package mutating func removeAll() {
        head = 0
        tail = 0
        release()
    }

    private mutating func release() {
        storage.deallocate()
        storage = .init(start: nil, count: 0)
    }

    private mutating func reserve(_ extra: Int) {
        if storage.count - tail >= extra { return }
        let waiting = count
        if storage.count - waiting >= extra, head >= waiting {
            // Room enough once the consumed head is reused; worth it when less is moved than was consumed.
            if let start = storage.baseAddress { start.copyMemory(from: start + head, byteCount: waiting) }
        } else {
            var capacity = max(512, storage.count)
            while capacity < waiting + extra { capacity += capacity }
            let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
            if let old = storage.baseAddress, waiting > 0 {
                larger.baseAddress?.copyMemory(from: old + head, byteCount: waiting)
            }
            storage.deallocate()
            storage = larger
        }
        head = 0
        tail = waiting
    }
}
