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
        /// Whether those are among the commands that make a link ready for a client, with the clients' between them.
        let prepares: Bool
        var until: Int
    }

    private static let countMax = 128
    /// A link has settled by then.
    private static let settlingMilliseconds = 5000

    private var sources: [Source] = []
    private var lastNumber = 0

    public init() {}

    /// All questions about the server that come from `address` are the proxy's own, until `end` in monotonic milliseconds. By their words as
    /// well: the port may be somebody else's by then.
    public mutating func speaks(from address: [UInt8], until end: Int = .max) {
        sources.removeAll { $0.address == address }
        add(address, count: nil, until: end)
    }

    /// The same of a connection that is made to look at the server, and ends then.
    public mutating func looks(from address: [UInt8], now: Int) { speaks(from: address, until: now + Self.settlingMilliseconds) }

    /// Commands from `address` that make a link ready are the proxy's own, `count` of them. Their number alone would not do: the monitor may
    /// have been sent some of them before this is known here, and refused ones are not shown at all.
    public mutating func settles(from address: [UInt8], count: Int, now: Int) {
        sources.removeAll { $0.address == address }
        add(address, count: count, until: now + Self.settlingMilliseconds)
    }

    /// Commands from `address` that make a link ready for a client (SELECT and the like) are the proxy's own, `count` more of them.
    public mutating func prepares(from address: [UInt8], count: Int, now: Int) {
        if let index = sources.firstIndex(where: { $0.address == address && $0.prepares }), let before = sources[index].count {
            (sources[index].count, sources[index].until) = (before + count, now + Self.settlingMilliseconds)
        } else {
            add(address, count: count, until: now + Self.settlingMilliseconds, prepares: true)
        }
    }

    private mutating func add(_ address: [UInt8], count: Int?, until: Int, prepares: Bool = false) {
        // The watch's own stay.
        if sources.count >= Self.countMax { sources.remove(at: sources.firstIndex { $0.until < .max } ?? 0) }
        lastNumber += 1
        sources.append(Source(number: lastNumber, address: address, count: count, prepares: prepares, until: until))
    }

    /// What a monitor is spared that begins now.
    public func view() -> View { View(missed: lastNumber) }

    /// Whether `line` of MONITOR, or its beginning, shows the proxy at work, and no client. To be asked once of each line that the monitor
    /// with this view is sent.
    public func isShown(by line: Span<UInt8>, now: Int, in view: inout View) -> Bool {
        let sender = MonitorLine.sender(of: line)
        guard !sender.isEmpty else { return false }
        for source in sources where source.address == sender {
            guard let count = source.count else {
                if now < source.until, MonitorLine.mayPrepare(line) { return true }
                continue
            }
            let hidden = view.hidden[source.number, default: 0]
            guard hidden < count, source.number > view.missed, now < source.until, MonitorLine.mayPrepare(line) else { continue }
            if view.hidden.count >= Self.countMax { view.hidden = view.hidden.filter { number, _ in sources.contains { $0.number == number } } }
            view.hidden[source.number] = hidden + 1
            return true
        }
        return false
    }
}
