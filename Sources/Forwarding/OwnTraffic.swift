import Bytes

/// From where the proxy speaks to Redis for itself, so that a client that is shown what Redis is asked (MONITOR) is not shown that.
public struct OwnTraffic: Sendable {
    /// What one monitor has been spared until now.
    public struct View: Sendable {
        fileprivate var hidden: [Int: Int] = [:]
        /// Links that have begun to settle before: how many of their commands it has missed is not known.
        fileprivate let missed: Int
    }

    private struct Source {
        let number: Int
        var address: [UInt8]
        /// How many of its commands are the proxy's own; nil for all of them.
        var count: Int?
        var until: Int
    }

    private static let countMax = 128
    /// A link has settled by then.
    private static let settlingMilliseconds = 5000

    private var sources: [Source] = []
    private var lastNumber = 0

    public init() {}

    /// All that comes from `address` is the proxy's own.
    public mutating func speaks(from address: [UInt8]) { add(address, count: nil, until: .max) }

    /// The next `count` commands from `address` are the proxy's own.
    public mutating func settles(from address: [UInt8], count: Int, now: Int) { add(address, count: count, until: now + Self.settlingMilliseconds) }

    private mutating func add(_ address: [UInt8], count: Int?, until: Int) {
        sources.removeAll { $0.address == address }
        if sources.count >= Self.countMax { sources.removeFirst() }
        lastNumber += 1
        sources.append(Source(number: lastNumber, address: address, count: count, until: until))
    }

    /// What a monitor is spared that begins now.
    public func view() -> View { View(missed: lastNumber) }

    /// Whether `line` of MONITOR, or its beginning, shows the proxy at work, and no client. To be asked once of each line that the monitor
    /// with this view is sent.
    public func isShown(by line: Span<UInt8>, now: Int, in view: inout View) -> Bool {
        let sender = MonitorLine.sender(of: line)
        guard !sender.isEmpty, let source = sources.first(where: { $0.address == sender }) else { return false }
        guard let count = source.count else { return true }
        let hidden = view.hidden[source.number, default: 0]
        guard hidden < count, source.number > view.missed, now < source.until else { return false }
        if view.hidden.count >= Self.countMax { view.hidden = view.hidden.filter { number, _ in sources.contains { $0.number == number } } }
        view.hidden[source.number] = hidden + 1
        return true
    }
}
