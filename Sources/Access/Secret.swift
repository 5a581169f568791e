import Bytes

/// The bytes of a password. No way of printing, dumping or interpolating it shows them or their number.
public struct Secret: Sendable, Equatable {
    /// What stands in for a secret in every text.
    public static let mask = "********"

    private let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The secret of the UTF-8 of `text`.
    public init(utf8 text: String) { bytes = Array(text.utf8) }

    /// Whether there is nothing to keep secret.
    public var isEmpty: Bool { bytes.isEmpty }

    /// The bytes themselves, for the one place that must send them. Not for logs, errors or replies.
    public var revealedBytes: [UInt8] { bytes }

    /// Whether `candidate` is this secret. The time taken depends on the candidate's length only.
    public func matches(_ candidate: Span<UInt8>) -> Bool {
        ConstantTimeComparison.isEqual(candidate, to: bytes)
    }

    public static func == (left: Secret, right: Secret) -> Bool { left.matches(right.bytes.span) }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { Self.mask }
    public var debugDescription: String { Self.mask }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
