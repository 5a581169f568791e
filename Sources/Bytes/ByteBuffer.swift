/// A growable queue of bytes in one block of memory: written at the tail, consumed at the head.
///
/// Memory is given back when the buffer is empty and larger than ``retainedBytesMax``, so that an idle connection costs
/// next to nothing: a buffer without memory is one word.
public struct ByteBuffer: ~Copyable {
    /// Capacity that an empty buffer keeps.
    public static let retainedBytesMax = 4096
    private static let capacityMin = 512

    private var block: ByteBlock?

    public init() {}

    deinit { block?.deallocate() }

    /// Bytes waiting.
    public var count: Int { block.map { $0.tail &- $0.head } ?? 0 }

    public var isEmpty: Bool { count == 0 }

    /// Memory held, in bytes.
    public var capacity: Int { block?.capacity ?? 0 }

    /// The waiting bytes. The pointer holds until the buffer is next changed.
    public var readable: UnsafeRawBufferPointer {
        guard let block else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: block.bytes + block.head, count: block.tail &- block.head)
    }

    /// Calls `body` with the waiting bytes.
    public func withSpan<R>(_ body: (Span<UInt8>) throws -> R) rethrows -> R {
        try body(readable.bindMemory(to: UInt8.self).span)
    }

    /// Appends a copy of `bytes`.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        let block = reserve(bytes.count)
        (block.bytes + block.tail).copyMemory(from: source, byteCount: bytes.count)
        block.tail &+= bytes.count
    }

    /// Appends a copy of `bytes` where there is room for it behind what waits; false, and nothing appended, where there is none.
    @inline(__always) public mutating func appendIfRoom(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let block, block.capacity &- block.tail >= bytes.count, let source = bytes.baseAddress else { return false }
        (block.bytes + block.tail).copyMemory(from: source, byteCount: bytes.count)
        block.tail &+= bytes.count
        return true
    }

    /// Where up to `count` bytes can be written behind what waits; nil where there is no room for them. ``noteWritten(_:)`` tells how
    /// many they were.
    @inline(__always) public func place(for count: Int) -> UnsafeMutableRawPointer? {
        guard let block, block.capacity &- block.tail >= count else { return nil }
        return block.bytes + block.tail
    }

    /// `count` bytes have been written at ``place(for:)``.
    @inline(__always) public func noteWritten(_ count: Int) {
        guard let block else { return }
        precondition(count >= 0 && count <= block.capacity &- block.tail, "More has been written than there was room for")
        block.tail &+= count
    }

    /// Appends a copy of `bytes`.
    public mutating func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }

    /// Drops the first `count` bytes.
    ///
    /// - Parameter retainedBytesMax: capacity that is kept when none is left.
    public mutating func consume(_ count: Int, retainedBytesMax: Int = Self.retainedBytesMax) {
        precondition(count <= self.count, "Cannot consume more bytes than wait")
        guard let block else { return }
        block.head &+= count
        guard block.head == block.tail else { return }
        block.head = 0
        block.tail = 0
        if block.capacity > retainedBytesMax { release() }
    }

    /// Hands out all that waits, memory included; the buffer is empty behind it.
    public mutating func takeAll() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&self, &taken)
        return taken
    }

    /// Appends a copy of `bytes`, into a block of the reserve where there is none yet.
    public mutating func append(_ bytes: UnsafeRawBufferPointer, _ reserve: inout ByteBufferReserve) {
        if block == nil { block = reserve.take() }
        append(bytes)
    }

    /// Gives the memory to the reserve. The buffer must be empty.
    public mutating func returnMemory(to reserve: inout ByteBufferReserve) {
        precondition(isEmpty, "Cannot give away memory that is in use")
        guard let block else { return }
        if !reserve.keep(block) { block.deallocate() }
        self.block = nil
    }

    /// Drops everything, and the memory with it.
    public mutating func removeAll() { release() }

    private mutating func release() {
        block?.deallocate()
        block = nil
    }

    /// A block with room for `extra` bytes behind the waiting ones, which are in it.
    private mutating func reserve(_ extra: Int) -> ByteBlock {
        let waiting = count
        if let block {
            if block.capacity - block.tail >= extra { return block }
            if block.capacity - waiting >= extra, block.head >= waiting {
                // Room enough once the consumed head is reused; worth it when less is moved than was consumed.
                block.bytes.copyMemory(from: block.bytes + block.head, byteCount: waiting)
                block.head = 0
                block.tail = waiting
                return block
            }
        }
        var capacity = max(Self.capacityMin, self.capacity)
        while capacity < waiting + extra { capacity += capacity }
        if var block, block.head == 0 {
            block.grow(to: capacity)
            self.block = block
            return block
        }
        let larger = ByteBlock(capacity: capacity)
        if let block {
            larger.bytes.copyMemory(from: block.bytes + block.head, byteCount: waiting)
            block.deallocate()
        }
        larger.tail = waiting
        block = larger
        return larger
    }
}
