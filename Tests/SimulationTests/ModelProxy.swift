import Bytes
import Forwarding
import RESP

/// The proxy as far as a failover goes: one shared link, a link of its own for whoever needs one, and the real machines
/// between them, driven as RESPConnection and SharedLink drive them.
final class ModelProxy {
    /// A client's connection to the proxy.
    final class Client {
        let owner: RequestLedger.Owner
        var session: ClientSession
        var input: [UInt8] = []
        var returned: [ReturnedRequest] = []
        var usesShared = false
        var own: ModelLink?
        var ownFramer = ReplyFramer()
        var ownPartialBytes = 0
        /// All that the proxy has sent to it.
        var output: [UInt8] = []
        var isClosed = false

        init(_ index: Int, _ rules: SessionRules) {
            owner = RequestLedger.Owner(slot: UInt32(index), generation: 1)
            session = ClientSession(rules)
        }
    }

    private static let beginningBytesMax = 80
    private let kinds = CommandKinds.standard
    private(set) var clients: [Client] = []
    /// The master in use; nil while there is none.
    private(set) var master: ModelServer?
    private(set) var shared: ModelLink?
    private var ledger = RequestLedger()
    private var framer = ReplyFramer()
    private var partialBytes = 0
    private var disowned: DisownedRequests?
    private(set) var links: [ModelLink] = []
    private var linkCount = 0
    private var isRefusing = false
    /// Called when bytes of a client are given to a link.
    var submitted: ((Client, [UInt8]) -> Void)?

    init(clients count: Int) {
        let rules = SessionRules(limits: RESPLimits(), authentication: nil)
        clients = (0..<count).map { Client($0, rules) }
    }

    // MARK: The master

    /// Cuts every link: nothing more goes to the old master, and what is on its way comes back.
    func fence() {
        master = nil
        for link in links { lose(link) }
    }

    func open(_ server: ModelServer) {
        master = server
        for client in clients { process(client) }
    }

    /// The hold time is over: what waits is told so.
    func refuseHeld() {
        guard master == nil else { return }
        isRefusing = true
        for client in clients { process(client) }
        isRefusing = false
    }

    private func makeLink() -> ModelLink? {
        guard let master, master.role != .dead else { return nil }
        linkCount += 1
        let link = ModelLink(linkCount, master)
        links.append(link)
        return link
    }

    /// The connection of `link` is gone.
    func lose(_ link: ModelLink) {
        guard link.isOpen else { return }
        link.isOpen = false
        links.removeAll { $0 === link }
        if link === shared { return sharedLost(link) }
        guard let client = clients.first(where: { $0.own === link }) else { return }
        ownLost(client, link, ranNot: false)
    }

    /// Whether nothing more is to be handed over on `link`: its server has said that it is no master.
    func isDisowned(_ link: ModelLink) -> Bool { link === shared && disowned != nil }

    // MARK: The shared link

    private func sharedLost(_ link: ModelLink) {
        shared = nil
        let replyOwner = partialBytes > 0 && disowned == nil ? ledger.next : nil
        var all = disowned?.requests ?? []
        for (owner, requests) in ledger.removeAll(unsentBytes: link.unsent.count, kinds: kinds) {
            if let place = all.firstIndex(where: { $0.owner == owner }) { all[place].requests += requests } else { all.append((owner, requests)) }
        }
        disowned = nil
        partialBytes = 0
        framer = ReplyFramer()
        for (owner, requests) in all {
            guard let client = clients.first(where: { $0.owner == owner }), !client.isClosed else { continue }
            client.session.sharedLinkLost(requests.count)
            if owner == replyOwner { leave(client) } else { takeBack(client, requests) }
        }
    }

    private func takeBack(_ client: Client, _ requests: [ReturnedRequest]) {
        client.returned.insert(contentsOf: requests, at: 0)
        process(client)
    }

    /// Bytes came on a link. The beginning of a reply is kept back, unless it is long, until more of it has come.
    func received(_ newBytes: [UInt8], on link: ModelLink) {
        guard link.isOpen else { return }
        let bytes = link.beginning + newBytes
        link.beginning = []
        if link === shared { receivedShared(bytes, link) } else if let client = clients.first(where: { $0.own === link }) { receivedOwn(bytes, client, link) }
    }

    private func receivedShared(_ bytes: [UInt8], _ link: ModelLink) {
        var start = 0
        while start < bytes.count {
            let span = bytes.span
            guard case .reply(let marker, let end) = framer.advance(span, from: start) else {
                let part = span.extracting(start..<bytes.count)
                if partialBytes == 0, disowned?.partialBytes ?? 0 == 0, part.count <= Self.beginningBytesMax {
                    framer = ReplyFramer()
                    link.beginning = Array(bytes[start...])
                    return
                }
                if disowned != nil { disowned?.append(part) } else {
                    partialBytes += part.count
                    clients.first { $0.owner == ledger.next }?.output += bytes[start...]
                }
                return
            }
            let reply = span.extracting(start..<end)
            if disowned == nil, partialBytes == 0, marker == UInt8(ascii: "-"), NotMasterReply.matches(reply) { disowned = DisownedRequests() }
            if disowned != nil {
                if let (owner, request) = ledger.takeFirst() { disowned?.answered(owner, request, reply, kinds: kinds) }
                // What was not handed over will not be.
                if !ledger.expectsReply(unsentBytes: link.unsent.count) {
                    lose(link)
                    return
                }
            } else {
                let owner = ledger.removeFirst()
                let client = clients.first { $0.owner == owner }
                partialBytes = 0
                client?.output += bytes[start..<end]
                client?.session.repliesArrived(1)
                if let client { process(client) }
            }
            start = end
        }
    }

    // MARK: A client's own link

    private func receivedOwn(_ bytes: [UInt8], _ client: Client, _ link: ModelLink) {
        var start = 0
        while start < bytes.count, client.own === link {
            let span = bytes.span
            guard case .reply(let marker, let end) = client.ownFramer.advance(span, from: start) else {
                if client.ownPartialBytes == 0, bytes.count - start <= Self.beginningBytesMax {
                    client.ownFramer = ReplyFramer()
                    link.beginning = Array(bytes[start...])
                    break
                }
                client.ownPartialBytes += bytes.count - start
                client.output += bytes[start...]
                return
            }
            if marker == UInt8(ascii: "-"), client.ownPartialBytes == 0, NotMasterReply.matches(span.extracting(start..<end)) {
                links.removeAll { $0 === link }
                link.isOpen = false
                return ownLost(client, link, ranNot: true)
            }
            let reading = client.session.replyReading
            let isRead = reading == .all || reading == .errors && marker == UInt8(ascii: "-")
            client.ownPartialBytes = 0
            client.output += bytes[start..<end]
            _ = client.session.ownReplyArrived(marker: marker, edges: isRead ? ReplyEdges(whole: span.extracting(start..<end)) : ReplyEdges())
            start = end
        }
        if client.session.isPinOver {
            client.session.unpinned()
            client.own = nil
            links.removeAll { $0 === link }
        }
        process(client)
    }

    private func ownLost(_ client: Client, _ link: ModelLink, ranNot: Bool) {
        client.own = nil
        let returned = client.session.ownLinkLost(unsentBytes: link.unsent.count, replyHasBegun: client.ownPartialBytes > 0, firstRanNot: ranNot)
        client.ownPartialBytes = 0
        client.ownFramer = ReplyFramer()
        if let returned { takeBack(client, returned) } else { leave(client) }
    }

    // MARK: A client

    func leave(_ client: Client) {
        client.isClosed = true
        client.input = []
        client.returned = []
        if let own = client.own {
            client.own = nil
            own.isOpen = false
            links.removeAll { $0 === own }
        }
    }

    func received(_ bytes: ArraySlice<UInt8>, from client: Client) {
        client.input += bytes
        process(client)
    }

    private func process(_ client: Client) {
        while !client.isClosed, let first = client.returned.first {
            switch first {
            case .runAgain(let request), .rerun(let request):
                guard process(client, request) == request.count else { return }
            case .reply(let reply):
                guard client.session.awaitedCount == 0 else { return }
                client.output += reply
            case .unknown:
                guard client.session.awaitedCount == 0 else { return }
                client.output += ReturnedRequest.unknownReply
            case .notExecuted:
                guard client.session.awaitedCount == 0 else { return }
                client.output += ReturnedRequest.notExecutedReply
            }
            if !client.returned.isEmpty { client.returned.removeFirst() }
        }
        guard !client.isClosed, !client.input.isEmpty else { return }
        client.input.removeFirst(min(process(client, client.input), client.input.count))
    }

    private let refusal = Array("-NOMASTER none; the command was not executed\r\n".utf8)

    /// Carries out what the session says of `bytes`; hands back how many of them are dealt with.
    private func process(_ client: Client, _ bytes: [UInt8]) -> Int {
        var offset = 0
        while !client.isClosed {
            switch client.session.next(bytes.span, from: offset) {
            case .needInput, .wait: return offset
            case .skip(let end): offset = end
            case .share(let end, let count, _):
                guard share(client, Array(bytes[offset..<end]), count) else { return offset }
                offset = end
            case .shareRewritten(let request, let end, _):
                guard share(client, request, 1) else { return offset }
                offset = end
            // No cursor is looked at in the model.
            case .translate(_, let rewritten, let end):
                guard share(client, rewritten ?? Array(bytes[offset..<end]), 1) else { return offset }
                offset = end
            case .needLink(let end, _):
                if !isRefusing, let link = makeLink() {
                    client.own = link
                    client.session.pinned()
                    continue
                }
                guard isRefusing, let end else { return offset }
                client.output += client.session.refused(refusal)
                offset = end
            case .forward(let end):
                submitted?(client, Array(bytes[offset..<end]))
                client.own?.unsent += bytes[offset..<end]
                offset = end
            case .forwardRewritten(let request, let end):
                submitted?(client, request)
                client.own?.unsent += request
                offset = end
            case .answer(let reply, let end), .name(let reply, let end), .reset(let reply, let end):
                client.output += reply
                offset = end
            case .select(_, let end), .greet(_, _, let end): offset = end
            case .close(let reply):
                client.output += reply
                leave(client)
            case .closeCrossProtocol: leave(client)
            }
        }
        return bytes.count
    }

    private func share(_ client: Client, _ requests: [UInt8], _ count: Int) -> Bool {
        if shared == nil, !isRefusing { shared = makeLink() }
        guard let shared, disowned == nil, !isRefusing, master != nil else {
            guard isRefusing, client.session.awaitedCount == 0 else { return false }
            for _ in 0..<count { client.output += refusal }
            return true
        }
        submitted?(client, requests)
        requests.withUnsafeBytes { ledger.append(client.owner, $0, count: count) }
        shared.unsent += requests
        client.session.shared(count)
        return true
    }
}
