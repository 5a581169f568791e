import Glibc

/// A system call that failed: which, and why.
package struct IOError: Error, Sendable, Equatable, CustomStringConvertible {
    package let operation: String
    /// The `errno`, or 0 where the reason is ``detail`` alone.
    package let code: Int32
    package let detail: String

    package init(_ operation: String, _ code: Int32) {
        self.operation = operation
        self.code = code
        detail = String(cString: strerror(code))
    }

    package init(_ operation: String, detail: String) {
        self.operation = operation
        code = 0
        self.detail = detail
    }

    package var description: String { "\(operation): \(detail)" }
}
