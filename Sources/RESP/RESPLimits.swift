/// What a request may ask for before it is refused. Defaults are Redis's own where Redis has one.
public struct RESPLimits: Sendable, Equatable {
    /// Largest bulk string in bytes (`proto-max-bulk-len`).
    public var bulkBytesMax: Int
    /// Most arguments in one command.
    public var argumentCountMax: Int
    /// Longest inline command, and longest header line, in bytes (`PROTO_INLINE_MAX_SIZE`).
    public var inlineBytesMax: Int
    /// Deepest nesting of aggregates in a reply.
    public var nestingDepthMax: Int
    /// Largest bulk string in bytes of a client that has not authenticated yet; Redis takes 16 KiB.
    public var unauthenticatedBulkBytesMax: Int

    public init(
        bulkBytesMax: Int = 512 << 20, argumentCountMax: Int = 1 << 20, inlineBytesMax: Int = 64 << 10,
        nestingDepthMax: Int = 128, unauthenticatedBulkBytesMax: Int = 16 << 10
    ) {
        self.bulkBytesMax = bulkBytesMax
        self.argumentCountMax = argumentCountMax
        self.inlineBytesMax = inlineBytesMax
        self.nestingDepthMax = nestingDepthMax
        self.unauthenticatedBulkBytesMax = unauthenticatedBulkBytesMax
    }
}
