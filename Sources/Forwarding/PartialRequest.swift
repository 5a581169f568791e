import Bytes
import RESP

/// Where the scan of a request stands that has not come whole. Kept apart from the session, since few clients have one
/// at a time.
final class PartialRequest {
    var scanner: RequestScanner

    init(_ scanner: RequestScanner) { self.scanner = scanner }
}

/// The state of a pinned client, kept apart for the same reason.
final class PinnedBox {
    var session = PinnedSession()
    /// Monotonic time, as the connection last told it.
    var nowMilliseconds = 0
    /// Whether the request that comes in pieces has an entry in ``sent``.
    var countsPieces = false
    /// The requests whose replies ``PinnedSession/awaited`` counts.
    var sent: SentRequests
    var subscriptions: Subscriptions { didSet { heldNames.change(to: subscriptions.keptBytes) } }
    private var heldNames = HeldBytes()
    /// The arguments of the (un)subscription that is being confirmed.
    var confirmed: [[UInt8]] = []
    /// What the requests since the connection last asked tell of scripts.
    var scripts: [ScriptEvent] = []
    /// The last CLIENT TRACKING that was accepted.
    var tracking: [UInt8]?
    /// What was wrong with a request of which a part has gone upstream: it is said when what went before is answered.
    var failure: RequestError?

    init(bytesMax: Int) {
        sent = SentRequests(bytesMax: bytesMax)
        subscriptions = Subscriptions(bytesMax: bytesMax)
    }

    /// As new, for the next client; the memory of its queues stays.
    func restart() {
        session.restart()
        nowMilliseconds = 0
        countsPieces = false
        sent.removeAll()
        subscriptions.removeAll()
        if !confirmed.isEmpty { confirmed = [] }
        if !scripts.isEmpty { scripts = [] }
        tracking = nil
        failure = nil
    }
}

/// Boxes of clients that are pinned no more, for the next ones: most are pinned for one transaction or one call, and the
/// memory for that need not be asked for each time.
final class PinnedBoxReserve {
    private var boxes: [PinnedBox] = []
    private static let boxesMax = 64

    func take() -> PinnedBox? { boxes.popLast() }

    func giveBack(_ box: PinnedBox) {
        guard boxes.count < Self.boxesMax else { return }
        box.restart()
        boxes.append(box)
    }
}

extension PinnedBox {
    /// Notes a reply, and the names that it has confirmed, before which `awaitedBefore` replies were awaited.
    func replyTaken(awaitedBefore: Int) {
        if let confirmation = session.confirmation { confirmed(confirmation) }
        if session.awaited.count < awaitedBefore { firstAnswered() }
    }

    /// Notes that the first request that was awaited has its reply.
    func firstAnswered() {
        sent.removeFirst()
        if !confirmed.isEmpty { confirmed = [] }
    }

    private func confirmed(_ confirmation: PinnedSession.Confirmation) {
        guard let left = confirmation.left else { return subscriptions.lostTrack() }
        if confirmed.isEmpty { confirmed = sent.firstRequest.map { RequestArguments.all(of: $0.span) } ?? [] }
        // An UNSUBSCRIBE that names none ends all, one confirmation after another.
        if confirmed.count == 1, !confirmation.isNew { return subscriptions.removeAll(confirmation.kind) }
        guard confirmed.count > left else { return subscriptions.lostTrack() }
        let name = confirmed[confirmed.count - left]
        if confirmation.isNew { subscriptions.insert(confirmation.kind, name) } else { subscriptions.remove(confirmation.kind, name) }
    }
}
