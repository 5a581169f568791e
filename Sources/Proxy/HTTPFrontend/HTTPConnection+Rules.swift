import Access
import Forwarding
import Gateway
import WebSocket

/// In whose name an HTTP client's commands run, and what becomes of answers that go on when the rules change.
extension HTTPConnection {
    /// The number of the user of Redis in whose name a command runs (``SessionState/identity``); nil where there are too many.
    func identity(of shown: borrowing ReplyPresentation) -> Int? { identity(of: shown.redisUser) }

    func identity(of user: RedisUser?) -> Int? {
        guard let user else { return 0 }
        return pool.identity(user: user.name, password: user.password.revealedBytes, isConfigured: true)
    }

    /// Whether a client may begin to listen in the name of that user. It waits where that is not known yet; what Redis refuses is
    /// answered.
    func mayListen(as identity: Int, _ shown: borrowing ReplyPresentation) -> LinkAnswer? {
        guard identity != 0 else { return refusalOfStrangers(shown) }
        switch pool.sharedLink(carrying: SessionState(identity: identity), slot: Int(owner.slot)) {
        case .ready:
            stopWaiting()
            return nil
        case .refused(let text): return refuse(text, identity, shown)
        case .waiting, .exhausted, .standsOtherwise:
            waitForMaster()
            return .waits
        }
    }

    /// What Redis says to who shows no password where it wants one.
    static let wantsPassword = "NOAUTH Authentication required."

    /// What a command comes to that nobody's password is shown for, where Redis does not serve a client that has come when this one has;
    /// nil where it does.
    func refusalOfStrangers(_ shown: borrowing ReplyPresentation) -> LinkAnswer? {
        if isServedOpenly { return nil }
        switch pool.accessOfNewcomers() {
        case .served:
            isServedOpenly = true
            return nil
        case .refused: return inFlight.isEmpty ? refuse(Self.wantsPassword, 0, shown) : .waits
        case .unknown:
            if inFlight.isEmpty { waitForMaster() }
            return .waits
        }
    }

    /// What Redis says of a link that it would not have.
    func refuse(_ text: String, _ identity: Int, _ shown: borrowing ReplyPresentation) -> LinkAnswer {
        dropLink()
        let isOfUser = ["WRONGPASS", "NOAUTH", "ERR AUTH"].contains { text.hasPrefix($0) }
        if identity != 0, isOfUser {
            worker.refusedClient(socket, .http, user: shown.redisUser?.name, "refused by Redis")
            return refuse(.redisUserRefused, shown)
        }
        respond(copy shown, reply: Array("-\(text)\r\n".utf8))
        return .settled
    }

    func refuse(_ answer: GatewayAnswer, _ shown: borrowing ReplyPresentation) -> LinkAnswer {
        respond(answer, copy shown)
        return .settled
    }

    // MARK: Rules that change

    func gatewayRulesChanged() {
        let rules = worker.gatewayRules
        if let stream, let sender = stream.command.sender {
            let client = sender.client.connected(from: socket?.peer?.ip)
            if stream.command.refusal(of: client, rules) != nil || CommandGate(client, rules).redisUser != stream.command.presentation.redisUser { endStream(of: stream) }
        }
        guard let webSocket, webSocket.hub != nil else { return }
        // What it may do is asked for each command; of what it listens to nobody asks again.
        if !mayListenOn(webSocket, rules) { close(WebSocketCloseCode.policyViolation, "The rules have changed.") }
    }

    private func endStream(of stream: HTTPStream) {
        if stream.hasBegun { return finishStream(stream) }
        endStream()
        respond(.forbidden, stream.events.presentation)
        pump()
    }

    private func mayListenOn(_ session: WebSocketSession, _ rules: GatewayRules) -> Bool {
        guard CommandGate(session.client, rules).redisUser == session.hubUser else { return false }
        var all = Array(session.topics.keys)
        if let pending = session.pending, pending.isSubscribe { all += pending.topics }
        for isPattern in [false, true] {
            let topics = all.filter { $0.isPattern == isPattern }
            guard !topics.isEmpty else { continue }
            let command = WebSocketCommands.subscription(topics.map(\.name), isPattern: isPattern, database: rules.database)
            guard command.refusal(of: session.client, rules) == nil else { return false }
        }
        return true
    }
}
