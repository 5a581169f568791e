import Bytes
import EventLoop
import Forwarding
import Gateway
import RESP
import WebSocket

/// A client that speaks WebSocket: a message is a command or several, a reply is a frame.
extension HTTPConnection {
    /// Goes over to a WebSocket.
    func upgrade(_ start: WebSocketStart) {
        let session = WebSocketSession(start, start.client.connected(from: socket?.peer?.ip), worker.gatewayRules)
        session.lastActivity = worker.loop.nowMilliseconds
        begunWork.webSocket = session
        worker.counters.countResponse(status: 101, .own)
        socket?.send(start.response)
    }

    /// Reads one step of what the client has sent; false when there is nothing (more) to read now.
    func readFrame(_ session: WebSocketSession) -> Bool {
        guard session.pending == nil, hasRoom, inputCount > 0, mayTakeIn(session.frames.messageBytes, isUnfinished: true) else { return false }
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
        if message.count > LargeRequest.bytesMin { return readElsewhere(message, session) }
        take(session.commands.read(message.span), session)
    }

    func take(_ outcome: WebSocketCommands.Outcome, _ session: WebSocketSession) {
        switch outcome {
        case .commands(let commands): for command in commands { take(command, session) }
        case .malformed(let reason):
            // Webdis goes without a word.
            if worker.gatewayRules.isWebdis { return leave() }
            begunWork.backlog.append(.respond(GatewayAnswer(status: 400, message: reason), ResponseFraming()))
        }
    }

    private func take(_ command: GatewayCommand, _ session: WebSocketSession) {
        let subscription = SubscriptionCommand(command.arguments.span.extracting(command.name))
        if command.name.isEmpty {
            begunWork.backlog.append(.respond(.forbidden, ResponseFraming()))
        } else if let answer = command.refusal(of: session.client, worker.gatewayRules), subscription == nil || answer.status != 501 {
            begunWork.backlog.append(.respond(answer, ResponseFraming()))
        } else if let subscription, !subscription.isSubscribe || command.argumentCount > 1 {
            begunWork.backlog.append(.subscription(subscription, inName(command, session)))
        } else if worker.gatewayRules.isWebdis, !session.topics.isEmpty {
            begunWork.backlog.append(.refuseAfterSubscription)
        } else {
            begunWork.backlog.append(.run(inName(command, session)))
        }
    }

    /// The command in the name of whichever user of Redis the rules give the client now.
    private func inName(_ command: GatewayCommand, _ session: WebSocketSession) -> GatewayCommand {
        var command = command
        command.run(as: CommandGate(session.client, worker.gatewayRules).redisUser)
        return command
    }

    // MARK: Subscriptions

    /// Begins or ends to listen; what comes behind it waits for its end. False when it has to wait itself.
    func change(_ subscription: SubscriptionCommand, _ command: GatewayCommand, _ session: WebSocketSession) -> Bool {
        let size = subscription.isSubscribe ? TopicMemory.bytes(ofRequest: command.arguments.span) : 0
        guard session.topicBytes + size <= worker.settings.failover.clientMemoryBytes else {
            respond(.tooManyTopics, ResponseFraming())
            return true
        }
        let user = command.presentation.redisUser
        if subscription.isSubscribe, session.hub == nil {
            guard let identity = identity(of: user) else {
                respond(.tooManyRedisUsers, ResponseFraming())
                return true
            }
            if let answer = mayListen(as: identity, command.presentation) { return if case .waits = answer { false } else { true } }
            session.hub = pool.channels.next(identity: identity)
            session.hubUser = user
        }
        let names = RequestArguments.all(of: command.arguments.span).dropFirst()
        let named = names.map { ChannelTopic(isPattern: subscription.isPattern, name: $0) }
        worker.counters.commands += 1
        if subscription.isSubscribe {
            session.pending = .init(isSubscribe: true, shown: command.presentation, topics: named, missing: Set(named))
            session.hub?.add(self, named)
        } else {
            unsubscribe(named, subscription.isPattern, command.presentation, session)
        }
        return true
    }

    private func unsubscribe(_ named: [ChannelTopic], _ isPattern: Bool, _ shown: ReplyPresentation, _ session: WebSocketSession) {
        let topics = named.isEmpty ? session.topics.keys.filter { $0.isPattern == isPattern } : named
        if topics.isEmpty { return sendReply(SubscriptionReply.bytes(nil, isPattern: isPattern, isSubscribe: false, count: session.topics.count), shown) }
        session.pending = .init(isSubscribe: false, shown: shown, topics: topics, missing: [])
        tellPending(session)
    }

    /// Tells the client of its subscription once the server has agreed to all of it, and of its end at once; of many topics not in
    /// one piece.
    func tellPending(_ session: WebSocketSession) {
        guard let pending = session.pending else { return }
        for topic in pending.topics.dropFirst(pending.toldCount).prefix(ChannelHub.sliceCount) where socket != nil {
            if pending.isSubscribe {
                if session.topics.updateValue(pending.shown, forKey: topic) == nil { session.topicBytes += TopicMemory.bytes(of: topic) }
            } else if session.topics.removeValue(forKey: topic) != nil {
                session.topicBytes -= TopicMemory.bytes(of: topic)
                session.hub?.remove(self, [topic])
            }
            sendReply(SubscriptionReply.bytes(topic, isSubscribe: pending.isSubscribe, count: session.topics.count), pending.shown)
        }
        guard socket != nil else { return }
        session.pending?.toldCount += ChannelHub.sliceCount
        guard pending.toldCount + ChannelHub.sliceCount >= pending.topics.count else {
            session.pending?.nextSlice = LoopTimer(worker.loop, milliseconds: ChannelHub.pauseMilliseconds) { [unowned self, unowned session] in tellPending(session) }
            return
        }
        endPending(session)
    }

    /// Redis does not let the client listen to `topic`: of the command that asked for it nothing holds.
    func refusePending(_ session: WebSocketSession, _ topic: ChannelTopic, _ error: [UInt8]) {
        guard let pending = session.pending, pending.isSubscribe, pending.missing.contains(topic) else { return }
        session.hub?.remove(self, pending.topics.filter { session.topics[$0] == nil })
        sendReply(error, pending.shown)
        endPending(session)
    }

    private func endPending(_ session: WebSocketSession) {
        session.pending = nil
        if session.topics.isEmpty {
            session.hub?.forget(self, [])
            session.hub = nil
        }
        pump()
    }

    /// The topics that are lost with the master.
    func forgetTopics(_ session: WebSocketSession) {
        session.pending = nil
        session.topics = [:]
        session.topicBytes = 0
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
        if unfinished?.long?.output != nil {
            unfinished?.long?.framesBehind += frame
            return cutIfOverLimit()
        }
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
