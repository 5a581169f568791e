import Bytes

/// The fields of the last head that was read, and what they say: most clients send the same ones with every request, and
/// those need not be read again.
///
/// Fields with credentials are never kept: how long the comparison takes would tell whoever guesses how far a guess is right.
public struct FieldMemo: Sendable {
    /// Longer ones are not kept.
    private static let bytesMax = 2048

    /// The field lines, with the empty line behind them; empty for none.
    private var lines: [UInt8] = []
    private var head = RequestHead()

    /// What whoever reads the requests has found about the fields; stands for as long as they stay the same.
    public var findings: Findings = []

    public struct Findings: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// They name a server and a page that a client on this machine may name.
        public static let mayComeFromLoopback = Findings(rawValue: 1)
        /// The same for every other client.
        public static let mayComeFromElsewhere = Findings(rawValue: 2)
    }

    public init() {}

    /// Bytes of the lines that were last recalled or remembered.
    var count: Int { lines.count }

    /// Takes what the fields say into `head`, whose request line is read, where those from `start` on are the ones kept; false
    /// where they are not.
    mutating func recall(at start: Int, in bytes: Span<UInt8>, into head: inout RequestHead, _ limits: HTTPLimits) -> Bool {
        guard lines.count > 0, bytes.count &- start >= lines.count, start &+ lines.count <= limits.headBytesMax,
            head.minorVersion == self.head.minorVersion, lines.span.isEqual(to: bytes.extracting(start..<(start &+ lines.count)))
        else { return false }
        head.takeFields(of: self.head, movedBy: start &- self.head.fieldLines.lowerBound)
        return true
    }

    /// Keeps the fields of `head`, which ends at `end`.
    mutating func remember(_ head: RequestHead, upTo end: Int, in bytes: Span<UInt8>) {
        let start = head.fieldLines.lowerBound
        lines.removeAll(keepingCapacity: true)
        findings = []
        guard head.authorization == nil, !head.hasOtherVersion, end &- start <= Self.bytesMax else { return }
        lines.append(bytes.extracting(start..<end))
        self.head = head
    }
}
