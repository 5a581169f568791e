/// The growing pause between two attempts to connect, with jitter, so that many proxies do not return in step.
package struct ReconnectBackoff: Sendable {
    /// No pause is longer, whatever is asked for.
    private static let boundMilliseconds = 86_400_000

    private let minMilliseconds: Int
    private let maxMilliseconds: Int
    private var exponent = 0

    package init(minMilliseconds: Int, maxMilliseconds: Int) {
        self.minMilliseconds = min(max(1, minMilliseconds), Self.boundMilliseconds)
        self.maxMilliseconds = min(max(self.minMilliseconds, maxMilliseconds), Self.boundMilliseconds)
    }

    /// The pause before the next attempt: doubled each time, of which a random quarter is taken off.
    ///
    /// - Parameter ceiling: bound below the configured one, for times at which waiting costs more.
    package mutating func next(random: UInt64, ceilingMilliseconds ceiling: Int = .max) -> Int {
        let full = max(1, min(maxMilliseconds, ceiling, minMilliseconds << min(exponent, 16)))
        exponent = min(exponent + 1, 16)
        return max(1, full - Int(random % UInt64(full / 4 + 1)))
    }

    /// The connection stands: the next failure starts from the shortest pause.
    package mutating func succeeded() { exponent = 0 }
}
