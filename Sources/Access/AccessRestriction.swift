import Bytes

/// What a client may touch.
public struct AccessRestriction: Sendable, Equatable {
    /// Nil for every key.
    public internal(set) var keyPatterns: [[UInt8]]?
    /// Nil for every database.
    public internal(set) var databases: [Int]?

    public init() {}

    /// Whether everything may be touched.
    public var isNone: Bool { keyPatterns == nil && databases == nil }

    public func allows(database: Int) -> Bool { databases.map { $0.contains(database) } ?? true }

    public func allows(key: Span<UInt8>) -> Bool {
        guard let keyPatterns else { return true }
        return keyPatterns.contains { GlobPattern.matches($0.span, key) }
    }
}
