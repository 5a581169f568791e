import Bytes
import RESP

/// The requests of a link whose server has said that it is no usable master, with what becomes of each as its reply comes.
///
/// Nothing of them is handed over before the last reply is in: what did not run must run before what stands behind it.
public struct DisownedRequests {
    /// For each owner, what becomes of its requests, in the order sent.
    public private(set) var requests: [(owner: RequestLedger.Owner, requests: [ReturnedRequest])] = []
    private var partial: [UInt8] = []
    private var places: [RequestLedger.Owner: Int] = [:]

    /// Whether the server has been asked to end waits, so that one that has ended has taken nothing.
    private let endsWaits: Bool

    public init(endsWaits: Bool = false) { self.endsWaits = endsWaits }

    /// Bytes that have come of the reply under way.
    public var partialBytes: Int { partial.count }

    /// Takes in a part of a reply, whose rest is still to come.
    public mutating func append(_ part: Span<UInt8>) { partial.append(part) }

    /// The reply to `request` is in; `rest` is what of it has not been given to ``append(_:)``.
    public mutating func answered(_ owner: RequestLedger.Owner, _ request: [UInt8], _ rest: Span<UInt8>, kinds: CommandKinds) {
        var reply = partial
        reply.append(rest)
        partial = []
        let isServersWord = KeptRequest.kind(of: request.span, kinds).isAnsweredByServer
        let ranNot = isServersWord && (NotMasterReply.matches(reply.span) || NotMasterReply.isForcedUnblocking(reply.span) || (endsWaits && NotMasterReply.isUnblocking(reply.span)))
        let isRunAgain = !request.isEmpty && (ranNot || kinds.isRepeatable(request.span))
        add(owner, isRunAgain ? .runAgain(request) : .reply(reply))
    }

    private mutating func add(_ owner: RequestLedger.Owner, _ request: ReturnedRequest) {
        if let place = places[owner] { requests[place].requests.append(request) } else {
            places[owner] = requests.count
            requests.append((owner, [request]))
        }
    }
}
