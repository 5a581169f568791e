/// What bytes are appended to.
public protocol ByteSink: ~Copyable {
    /// Appends `bytes[range]`. The range must lie within the span.
    mutating func append(_ bytes: Span<UInt8>, in range: Range<Int>)
}

extension [UInt8]: ByteSink {}

/// Bytes that come in parts and are wanted in one piece.
///
/// Not counted in ``HeldMemory``, since room that was never written to is no memory yet: whoever fills it counts ``count``.
public struct GrowingBytes: ~Copyable, ByteSink {
    private static let capacityMin = 512
    private var block: ByteBlock?

    public init() {}

    deinit { block?.deallocate() }

    /// Bytes there are.
    public var count: Int { block?.tail ?? 0 }

    /// Calls `body` with the bytes.
    public func withSpan<R>(_ body: (Span<UInt8>) throws -> R) rethrows -> R {
        let bytes = UnsafeRawBufferPointer(start: block?.bytes, count: count)
        return try body(bytes.bindMemory(to: UInt8.self).span)
    }

    public mutating func append(_ bytes: Span<UInt8>, in range: Range<Int>) {
        guard !range.isEmpty else { return }
        let block = reserve(range.count)
        bytes.extracting(range).withUnsafeBytes { source in
            if let first = source.baseAddress { (block.bytes + block.tail).copyMemory(from: first, byteCount: source.count) }
        }
        block.tail += range.count
    }

    private mutating func reserve(_ extra: Int) -> ByteBlock {
        guard var block else {
            let first = ByteBlock(capacity: max(Self.capacityMin, extra), isCounted: false)
            self.block = first
            return first
        }
        guard block.capacity - block.tail < extra else { return block }
        var capacity = block.capacity
        while capacity < block.tail + extra { capacity += capacity }
        block.grow(to: capacity)
        self.block = block
        return block
    }
}
