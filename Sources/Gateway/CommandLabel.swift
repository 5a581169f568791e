import Bytes

/// The name of a command as it was typed, as far as it is of usual length: kept until the reply comes, of which it names the
/// member, without memory of its own.
public struct CommandLabel: Sendable, Equatable {
    static let bytesMax = 24

    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// Bytes of the name; ``isTooLong`` where they do not stand here.
    private var byteCount: UInt8 = 0

    public init() {}

    public init(_ name: Span<UInt8>) {
        guard name.count <= Self.bytesMax else {
            byteCount = .max
            return
        }
        byteCount = UInt8(truncatingIfNeeded: name.count)
        withUnsafeMutableBytes(of: &words) { target in name.withUnsafeBytes { target.copyMemory(from: $0) } }
    }

    /// Whether the name is longer than can be kept here.
    var isTooLong: Bool { byteCount == .max }

    /// Calls `body` with the name, which must not be too long.
    func withSpan<Result: ~Copyable>(_ body: (Span<UInt8>) -> Result) -> Result {
        withUnsafeBytes(of: words) { body(UnsafeRawBufferPointer(rebasing: $0.prefix(Int(byteCount))).bindMemory(to: UInt8.self).span) }
    }

    public static func == (left: CommandLabel, right: CommandLabel) -> Bool {
        left.byteCount == right.byteCount && left.words == right.words
    }
}
