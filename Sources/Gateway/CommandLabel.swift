import Bytes

/// The name of a command as it was typed, kept until its reply comes: it names the answer's member. A name of usual length
/// takes no memory of its own.
package struct CommandLabel: Sendable, Equatable {
    private static let inlineBytesMax = 24

    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    /// Bytes of the name.
    private(set) var count = 0
    /// Set where the name is too long to stand here.
    private var long: [UInt8]?

    package init() {}

    package init(_ name: Span<UInt8>) {
        count = name.count
        guard count <= Self.inlineBytesMax else {
            var copy: [UInt8] = []
            copy.append(name)
            long = copy
            return
        }
        withUnsafeMutableBytes(of: &words) { target in
            for index in 0..<name.count { target[index] = name[index] }
        }
    }

    package func withSpan<Result: ~Copyable>(_ body: (Span<UInt8>) -> Result) -> Result {
        if let long { return body(long.span) }
        return withUnsafeBytes(of: words) { body($0.prefix(count).bindMemory(to: UInt8.self).span) }
    }

    package static func == (left: CommandLabel, right: CommandLabel) -> Bool {
        left.count == right.count && left.words == right.words && left.long == right.long
    }
}

extension Slice<UnsafeRawBufferPointer> {
    fileprivate func bindMemory<T>(to type: T.Type) -> UnsafeBufferPointer<T> { UnsafeRawBufferPointer(rebasing: self).bindMemory(to: type) }
}
