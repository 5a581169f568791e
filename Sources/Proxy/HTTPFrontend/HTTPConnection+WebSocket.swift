import Bytes
import Forwarding
import Gateway
import RESP
import WebSocket

/// A client that speaks WebSocket: a message is a command or several, a reply is a frame.
extension HTTPConnection {
    /// Goes over to a WebSocket.
    func upgrade(_ start: WebSocketStart) {
        let session = WebSocketSession(start, worker.gatewayRules)
        session.lastActivity = worker.loop.nowMilliseconds
        begunWork.webSocket = session
        worker.counters.countResponse(status: 101, .own)
        socket?.send(start.response)
    }

    /// Reads one step of what the client has sent; false when there is nothing (more) to read now.
    func readFrame(_ session: WebSocketSession) -> Bool {
        guard session.pending == nil, hasRoom, inputCount > 0 else { return false }
        session.lastActivity = worker.loop.nowMilliseconds
        switch nextFrameEvent(session) {
        case nil: return false
        case .message(_, let bytes)?: take(bytes, session)
        case .ping(let payload)?: sendFrame { WebSocketFrameWriter.append(.pong, payload.span, to: &$0) }
        case .pong?: break
        case .close(_, let payload)?:
            sendFrame { WebSocketFrameWriter.append(.close, payload.span, to: &$0) }
            leave(lingering: true)
        case .violation(let code, let reason)?: close(code, reason)
        }
        return true
    }

    private func take(_ message: [UInt8], _ session: WebSocketSession) {
        guard session.dialect != .none else { return leave() }
        switch session.commands.read(message.span) {
        case .commands(let commands): for command in commands { take(command, session) }
        case .malformed(let reason):
            // Webdis goes without a word.
            if worker.gatewayRules.isWebdis { return leave() }
            begunWork.backlog.append(.respond(GatewayAnswer(status: 400, message: reason), ResponseFraming()))
        }
    }

    private func take(_ command: GatewayCommand, _ session: WebSocketSession) {
        let request = command.arguments.span
        let subscription = SubscriptionCommand(request.extracting(command.name))
        if command.name.isEmpty {
            begunWork.backlog.append(.respond(.forbidden, ResponseFraming()))
        } else if let answer = session.gate.refusal(request, name: command.name, firstArgument: command.firstArgument, database: command.database),
            subscription == nil || answer.status != 501
        {
            begunWork.backlog.append(.respond(answer, ResponseFraming()))
        } else if let subscription, !subscription.isSubscribe || command.argumentCount > 1 {
            begunWork.backlog.append(.subscription(subscription, command))
        } else if worker.gatewayRules.isWebdis, !session.topics.isEmpty {
            begunWork.backlog.append(.refuseAfterSubscription)
        } else {
            begunWork.backlog.append(.run(command))
        }
    }

    // MARK: Subscriptions

    /// Begins or ends to listen; what comes behind it waits for the server's agreement.
    func change(_ subscription: SubscriptionCommand, _ command: GatewayCommand, _ session: WebSocketSession) {
        let names = RequestArguments.all(of: command.arguments.span).dropFirst()
        let topics = names.map { ChannelTopic(isPattern: subscription.isPattern, name: $0) }
        worker.counters.commands += 1
        guard subscription.isSubscribe else { return unsubscribe(topics, subscription.isPattern, command.presentation, session) }
        let hub = session.hub ?? pool.channels.next()
        session.hub = hub
        let missing = Set(topics.filter { !hub.add(self, $0) })
        session.pending = .init(shown: command.presentation, topics: topics, missing: missing)
        confirmPending(session)
    }

    private func unsubscribe(_ named: [ChannelTopic], _ isPattern: Bool, _ shown: ReplyPresentation, _ session: WebSocketSession) {
        let topics = named.isEmpty ? session.topics.keys.filter { $0.isPattern == isPattern } : named
        if topics.isEmpty { sendReply(SubscriptionReply.bytes(nil, isPattern: isPattern, isSubscribe: false, count: session.topics.count), shown) }
        for topic in topics {
            if session.topics.removeValue(forKey: topic) != nil { session.hub?.remove(self, topic) }
            sendReply(SubscriptionReply.bytes(topic, isSubscribe: false, count: session.topics.count), shown)
        }
        if session.topics.isEmpty {
            session.hub?.forget(self, [])
            session.hub = nil
        }
    }

    /// Tells the client of its subscription once the server has agreed to all of it.
    func confirmPending(_ session: WebSocketSession) {
        guard let pending = session.pending, pending.missing.isEmpty else { return }
        session.pending = nil
        for topic in pending.topics {
            session.topics[topic] = pending.shown
            sendReply(SubscriptionReply.bytes(topic, isSubscribe: true, count: session.topics.count), pending.shown)
        }
    }

    /// The topics that are lost with the master.
    func forgetTopics(_ session: WebSocketSession) {
        session.pending = nil
        session.topics = [:]
        session.hub = nil
        close(WebSocketCloseCode.tryAgainLater, "There is no master at the moment.")
    }

    // MARK: Frames

    private func sendReply(_ reply: [UInt8], _ shown: ReplyPresentation) {
        sendFrame { [rules = worker.gatewayRules] in WebSocketAnswer.append(shown, reply: reply.span, rules, to: &$0) }
    }

    /// Sends what `write` appends.
    func sendFrame(_ write: (inout [UInt8]) -> Void) {
        var frame: [UInt8] = []
        write(&frame)
        sendFrame(frame)
    }

    func sendFrame(_ frame: [UInt8]) {
        noteActivity()
        webSocket?.lastActivity = worker.loop.nowMilliseconds
        worker.counters.bytesToClients += frame.count
        socket?.send(frame)
        cutIfOverLimit()
    }

    /// Closes with a word why. Text that is none Webdis closes without one.
    func close(_ code: UInt16, _ reason: StaticString) {
        if code != WebSocketCloseCode.invalidPayload || !worker.gatewayRules.isWebdis {
            sendFrame { WebSocketFrameWriter.appendClose(code, reason, to: &$0) }
        }
        leave(lingering: true)
    }

    /// A sign of life on a WebSocket that has been silent, which also finds out who has left.
    func sweepWebSocket(_ session: WebSocketSession, now: Int) {
        let interval = worker.settings.http.gateway.heartbeatMilliseconds
        guard interval > 0, now - session.lastActivity >= interval else { return }
        sendFrame { WebSocketFrameWriter.append(.ping, Span(), to: &$0) }
    }
}
