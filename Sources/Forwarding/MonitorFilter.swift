import Bytes

/// Leaves what the proxy asks for itself out of the lines that MONITOR shows one client.
///
///     undecided ──the sender has come──▶ passes or hidden ──the line ends──▶ undecided
public struct MonitorFilter: Sendable {
    private enum Line { case undecided, passes, hidden }

    /// The most that is kept of a line before it is known who sent its command; an address is shorter.
    static let headBytesMax = 512

    private var line = Line.undecided
    private var head: [UInt8] = []
    private var view: OwnTraffic.View
    private var isOff = false

    public init(_ traffic: OwnTraffic) { view = traffic.view() }

    /// Everything passes from the next line on: replies to other commands may stand among the lines.
    public mutating func turnOff() { isOff = true }

    /// What of `bytes`, which go on where the last ones ended, the client is to be shown.
    public mutating func shown(_ bytes: Span<UInt8>, traffic: OwnTraffic, now: Int) -> [UInt8] {
        var output: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let lineEnd = ByteSearch.firstIndex(of: ASCII.lineFeed, in: bytes, from: start).map { $0 + 1 }
            let end = lineEnd ?? bytes.count
            switch line {
            case .undecided:
                head.append(bytes, in: start..<end)
                let isKnown = isOff || lineEnd != nil || head.count > Self.headBytesMax || MonitorLine.tellsSource(head.span)
                guard isKnown else { break }
                let known = exchange(&head, with: [])
                line = !isOff && traffic.isShown(by: known.span, now: now, in: &view) ? .hidden : .passes
                if line == .passes { output += known }
            case .passes: output.append(bytes, in: start..<end)
            case .hidden: break
            }
            if lineEnd != nil { line = .undecided }
            start = end
        }
        return output
    }
}
