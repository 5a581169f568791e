import Glibc

/// A system call that failed: which, and why.
public struct IOError: Error, Sendable, Equatable, CustomStringConvertible {
    public let operation: String
    /// The `errno`, or 0 where the reason is ``detail`` alone.
    public let code: Int32
    public let detail: String

    public init(_ operation: String, _ code: Int32) {
        self.operation = operation
        self.code = code
        detail = String(cString: strerror(code))
    }

    public init(_ operation: String, detail: String) {
        self.operation = operation
        code = 0
        self.detail = detail
    }

    public var description: String { "\(operation): \(detail)" }
}
