/// From where the proxy speaks to Redis for itself, so that a client that is shown what Redis is asked (MONITOR) is not shown that.
public struct OwnTraffic: Sendable {
    private struct Source {
        var address: [UInt8]
        /// How many of its commands are the proxy's own; nil for all of them.
        var left: Int?
        var until: Int
    }

    private static let countMax = 128
    /// A link has settled by then.
    private static let settlingMilliseconds = 5000

    private var sources: [Source] = []

    public init() {}

    /// All that comes from `address` is the proxy's own.
    public mutating func speaks(from address: [UInt8]) { add(Source(address: address, left: nil, until: .max)) }

    /// The next `count` commands from `address` are the proxy's own.
    public mutating func settles(from address: [UInt8], count: Int, now: Int) {
        add(Source(address: address, left: count, until: now + Self.settlingMilliseconds))
    }

    private mutating func add(_ source: Source) {
        sources.removeAll { $0.address == source.address }
        if sources.count >= Self.countMax { sources.removeFirst() }
        sources.append(source)
    }

    /// Whether `line` of MONITOR shows the proxy at work, and no client. To be asked of each line once.
    public mutating func isShown(by line: Span<UInt8>, now: Int) -> Bool {
        let sender = MonitorLine.sender(of: line)
        guard !sender.isEmpty, let index = sources.firstIndex(where: { $0.address == sender }) else { return false }
        guard let left = sources[index].left else { return true }
        guard left > 0, now < sources[index].until else { return false }
        sources[index].left = left - 1
        return true
    }
}
