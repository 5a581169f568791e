/// Blocks of memory that lie ready for the ``ByteBuffer``s of one loop: a buffer that is empty for the most part holds none of
/// its own meanwhile, and none has to be allocated for what soon leaves again.
public struct ByteBufferReserve: ~Copyable {
    /// Blocks kept at most.
    public static let countMax = 64
    /// Larger blocks are not kept.
    public static let blockBytesMax = 64 << 10

    private var blocks: [ByteBlock] = []

    public init() {}

    deinit { for block in blocks { block.deallocate() } }

    /// Number of blocks that lie ready.
    public var count: Int { blocks.count }

    mutating func take() -> ByteBlock? { blocks.popLast() }

    /// Keeps `block`; false where there are enough.
    mutating func keep(_ block: ByteBlock) -> Bool {
        guard blocks.count < Self.countMax, block.capacity <= Self.blockBytesMax else { return false }
        blocks.append(block)
        return true
    }
}
