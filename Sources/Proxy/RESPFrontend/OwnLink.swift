import Bytes
import Forwarding
import RESP

/// The link that one client has for itself.
struct OwnLink {
    let link: UpstreamLink
    let replies: OwnReplies
}

/// What is known of the replies on a client's own link.
final class OwnReplies {
    private var framer: ReplyFramer
    let nestingDepthMax: Int
    private var edges = ReplyEdges()
    private var monitor: Monitor?
    /// What the client is shown of the lines of MONITOR; nil where nothing is left out.
    var monitorFilter: MonitorFilter?
    /// Bytes that have come of the reply under way, or of the line under way where lines just pass.
    private(set) var partialBytes = 0
    /// The first bytes of the reply under way, kept back until more of it has come, so that a reply of usual size never
    /// reaches the client in part.
    private(set) var beginning: [UInt8] = []
    /// The most that is kept back of a reply.
    private static let beginningBytesMax = 1024
    /// While what its client left behind on another link is being made to stand again on this one.
    var restoration: RestoringLink?

    init(nestingDepthMax: Int) {
        self.nestingDepthMax = nestingDepthMax
        framer = ReplyFramer(nestingDepthMax: nestingDepthMax)
    }

    /// The client is shown everything that the server is asked, until it leaves.
    func monitors(_ pool: UpstreamPool) {
        guard monitor == nil else { return }
        monitor = Monitor(pool.census)
        monitorFilter = MonitorFilter(pool.worker.ownTraffic)
    }

    /// Whether the link stands between two replies, and nothing else is left here either.
    var isAsNew: Bool {
        partialBytes == 0 && beginning.isEmpty && restoration == nil && monitor == nil && framer.isBetweenReplies
    }

    /// Notes bytes that pass unread, so that it is known whether they end with a line.
    func passed(_ bytes: UnsafeRawBufferPointer) { partialBytes = bytes.last == ASCII.lineFeed ? 0 : 1 }

    private static let resetReply = Array("+RESET\r\n".utf8)
    /// How much of the reply to RESET the line under way begins with; nil where it is another line.
    private var resetMatched: Int?

    /// From here on the reply to RESET is looked for among the lines that pass.
    func expectReset() { resetMatched = partialBytes == 0 ? 0 : nil }

    /// Where the reply to RESET ends in `bytes`, which are lines and parts of them; nil where it does not.
    func endOfReset(_ bytes: UnsafeRawBufferPointer) -> Int? {
        for (index, byte) in bytes.enumerated() {
            if let matched = resetMatched { resetMatched = byte == Self.resetReply[matched] ? matched + 1 : nil }
            if resetMatched == Self.resetReply.count { return index + 1 }
            if byte == ASCII.lineFeed { resetMatched = 0 }
        }
        return nil
    }

    /// What is kept back, which comes before what arrives now.
    func takeBeginning() -> [UInt8] {
        defer { beginning = [] }
        return beginning
    }

    enum Outcome {
        /// A whole reply ends before this offset.
        case reply(marker: UInt8, end: Int, edges: ReplyEdges)
        /// The bytes end within a reply, or behind one.
        case incomplete
        /// The same, and what there is of the reply is kept back.
        case begun
        /// Up to this offset it is a message that answers nothing, or a part of one; nobody is to have it.
        case notTheClients(end: Int)
        /// The rest cannot be told apart into replies: it passes as it is, and is the client's to judge.
        case unreadable
    }

    /// Looks for the end of the next reply in `bytes` from `start` on.
    ///
    /// - Parameters:
    ///   - reading: how much of the reply is wanted.
    ///   - dropsPushes: whether the server has no reason to send messages on the link.
    @inline(__always) func advance(_ bytes: Span<UInt8>, from start: Int, _ reading: ReplyReading, dropsPushes: Bool) -> Outcome {
        if partialBytes == 0 { isPassingOver = dropsPushes && bytes[start] == UInt8(ascii: ">") }
        return isPassingOver ? passOver(bytes, from: start) : read(bytes, from: start, reading)
    }

    /// Whether the reply under way is a message that nobody has asked for.
    private var isPassingOver = false

    private func passOver(_ bytes: Span<UInt8>, from start: Int) -> Outcome {
        switch framer.advance(bytes, from: start) {
        case .malformed: return .unreadable
        case .incomplete:
            partialBytes += bytes.count - start
            return .notTheClients(end: bytes.count)
        case .reply(_, let end):
            partialBytes = 0
            return .notTheClients(end: end)
        }
    }

    private func read(_ bytes: Span<UInt8>, from start: Int, _ reading: ReplyReading) -> Outcome {
        switch framer.advance(bytes, from: start) {
        case .malformed: return .unreadable
        case .incomplete:
            if partialBytes == 0, start < bytes.count, bytes.count - start <= Self.beginningBytesMax {
                framer = ReplyFramer(nestingDepthMax: nestingDepthMax)
                beginning.append(bytes, in: start..<bytes.count)
                return .begun
            }
            partialBytes += bytes.count - start
            if reading == .all { edges.append(bytes.extracting(start..<bytes.count)) }
            return .incomplete
        case .reply(let marker, let end):
            let isWhole = partialBytes == 0
            partialBytes = 0
            guard reading == .all || reading == .errors && isWhole && marker == UInt8(ascii: "-") else {
                return .reply(marker: marker, end: end, edges: ReplyEdges())
            }
            if isWhole { return .reply(marker: marker, end: end, edges: ReplyEdges(whole: bytes.extracting(start..<end))) }
            edges.append(bytes.extracting(start..<end))
            defer { edges.removeAll() }
            return .reply(marker: marker, end: end, edges: edges)
        }
    }
}

/// For the next clients that need a link of their own, most of them for one transaction or one call.
final class OwnRepliesReserve {
    private var reserve: [OwnReplies] = []
    private static let countMax = 64

    func take(nestingDepthMax: Int) -> OwnReplies {
        guard let replies = reserve.popLast(), replies.nestingDepthMax == nestingDepthMax else { return OwnReplies(nestingDepthMax: nestingDepthMax) }
        return replies
    }

    func giveBack(_ replies: OwnReplies) {
        if replies.isAsNew, reserve.count < Self.countMax { reserve.append(replies) }
    }
}

/// The replies to what is being restored on a link.
final class RestoringLink {
    var replies: RestorationReplies

    init(_ replies: consuming RestorationReplies) { self.replies = replies }
}
