import Bytes
import RESP

/// What comes back to a client.
extension ClientSession {
    /// `count` whole replies of the shared link have come.
    public mutating func repliesArrived(_ count: Int) {
        inFlight = max(0, inFlight &- count)
        window = min(rules.inFlightMax, window &+ count)
    }

    /// A reply was so large that the next ones had better come over a link of the client's own.
    public mutating func sawLargeReply() {
        largeCountdown = Self.smallRepliesUntilShared
        window = min(Self.firstWindow, rules.inFlightMax)
    }

    /// A whole reply of the client's own link has come; hands back what it settled that the connection must see to.
    public mutating func ownReplyArrived(marker: UInt8, edges: ReplyEdges) -> OwnReplyEffect {
        guard let box = pinBox else { return .none }
        if largeCountdown > 0 { largeCountdown -= 1 }
        if marker == UInt8(ascii: "-") { rules.tally.countError(box.sent.firstKind ?? .unknown) }
        if box.session.plainReplyArrived(marker: marker) {
            if rules.keepsClients { box.firstAnswered() }
            return .none
        }
        if case .tracking(isOn: true)? = box.session.awaited.first, marker != UInt8(ascii: "-") { box.tracking = box.sent.firstRequest }
        let awaitedBefore = box.session.awaited.count
        defer { if rules.keepsClients { box.replyTaken(awaitedBefore: awaitedBefore) } }
        switch box.session.replyArrived(marker: marker, edges: edges, protocolVersion: state.protocolVersion) {
        case .none: return .none
        case .database(let database): state.database = database
        case .name(let name): state.name = name
        case .id(let id): return .toldID(id)
        case .authenticated(let user, let password): return .authenticated(user: user, password: password)
        case .loginRefused(let user): return .loginRefused(user: user)
        case .paused(let milliseconds): return .serverPaused(milliseconds: milliseconds)
        case .reconfigured: return .serverReconfigured
        case .reset: return .reset
        case .greeted(let hello):
            if let version = hello.version { state.protocolVersion = version }
            if let name = hello.name { state.name = name }
            if let password = hello.password { return .authenticated(user: hello.user, password: password) }
        }
        return .settled
    }

    /// Keeps the client on its own link for good.
    ///
    /// - Parameter isIrreplaceable: whether no other link could take that link's place.
    public mutating func pinForGood(isIrreplaceable: Bool = false) {
        pinBox?.session.stays = true
        if isIrreplaceable { pinBox?.session.isIrreplaceable = true }
    }
}
