import Forwarding
import Gateway
import RESP

/// A client that listens to channels: its answer goes on for as long as it stays.
extension HTTPConnection: ChannelListener {
    /// Begins to listen as `command` says.
    func listen(_ command: borrowing GatewayCommand, isPattern: Bool) {
        let topics = RequestArguments.all(of: command.arguments.span).dropFirst().map { ChannelTopic(isPattern: isPattern, name: $0) }
        let hub = pool.channels.next()
        let stream = HTTPStream(EventStream(command.presentation, isServerSent: command.acceptsEvents), hub, topics)
        self.stream = stream
        worker.counters.commands += 1
        var missing: Set<ChannelTopic> = []
        for topic in topics where !hub.add(self, topic) { missing.insert(topic) }
        stream.missing = missing
        if missing.isEmpty { beginStream(stream) }
    }

    /// Begins to tell what the server is asked.
    func monitor(_ command: borrowing GatewayCommand) {
        let stream = HTTPStream(EventStream(command.presentation, isServerSent: true), nil, [])
        stream.hasBegun = true
        self.stream = stream
        var output: [UInt8] = []
        stream.events.appendHead(worker.gatewayRules, to: &output)
        worker.counters.countResponse(status: 200)
        sendEvents(output)
        let monitor = MonitorLink(pool, worker) { [weak self] line in
            guard let self, let stream = self.stream else { return }
            var output: [UInt8] = []
            stream.events.append(line, worker.gatewayRules, to: &output)
            sendEvents(output)
        } lost: { [weak self] in self?.leave() }
        stream.monitor = monitor
        monitor.start()
    }

    /// Begins to follow streams as `command` says.
    func follow(_ command: borrowing GatewayCommand, _ follower: StreamFollower) {
        let stream = HTTPStream(EventStream(command.presentation, isServerSent: true), nil, [])
        stream.follower = follower
        stream.hasBegun = true
        self.stream = stream
        var output: [UInt8] = []
        stream.events.appendHead(worker.gatewayRules, to: &output)
        worker.counters.countResponse(status: 200)
        sendEvents(output)
        askForNext(stream, command.database)
    }

    /// Asks for the entries behind those that were sent.
    private func askForNext(_ stream: HTTPStream, _ database: Int) {
        guard let follower = stream.follower, socket != nil else { return }
        backlog = [.run(GatewayCommand(again: follower.request, database: database, stream.events.presentation))]
        beginFollowing()
    }

    /// Sends what was read; an error ends the stream, and the client comes back with the last id that it knows.
    func followed(_ reply: Span<UInt8>, _ stream: HTTPStream) {
        var events: [UInt8] = []
        let isGood = stream.follower?.append(reply, to: &events) ?? false
        var output: [UInt8] = []
        stream.events.append(events: events, to: &output)
        if !output.isEmpty { sendEvents(output) }
        guard isGood else { return finishStream(stream) }
        askForNext(stream, linkDatabase)
    }

    /// The link is gone: the same is asked of the next one, as reading changes nothing.
    func followAnew(_ stream: HTTPStream) { askForNext(stream, linkDatabase) }

    func subscribed(to topic: ChannelTopic) {
        if let webSocket {
            guard webSocket.pending?.missing.remove(topic) != nil else { return }
            confirmPending(webSocket)
            return pump()
        }
        guard let stream, stream.missing.remove(topic) != nil, stream.missing.isEmpty, !stream.hasBegun else { return }
        beginStream(stream)
    }

    /// The head, and for each topic what Redis says on a subscription.
    private func beginStream(_ stream: HTTPStream) {
        stream.hasBegun = true
        var output: [UInt8] = []
        stream.events.appendHead(worker.gatewayRules, to: &output)
        worker.counters.countResponse(status: 200)
        let tellsCounts = stream.events.tellsCounts(worker.gatewayRules)
        var seen: Set<ChannelTopic> = []
        for topic in stream.topics {
            seen.insert(topic)
            let reply = SubscriptionReply.bytes(topic, isSubscribe: true, count: tellsCounts ? seen.count : nil)
            stream.events.append(reply.span, worker.gatewayRules, to: &output)
        }
        sendEvents(output)
    }

    func published(_ message: Span<UInt8>, on topic: ChannelTopic, by hub: ChannelHub) {
        if let webSocket {
            guard let shown = webSocket.topics[topic] else { return }
            return sendFrame(hub.rendering(.webSocket(shown), message, worker.gatewayRules))
        }
        guard let stream, stream.hasBegun else { return }
        sendEvents(hub.rendering(.stream(stream.events), message, worker.gatewayRules))
    }

    private func sendEvents(_ bytes: [UInt8]) {
        guard let socket else { return }
        lastActivity = worker.loop.nowMilliseconds
        stream?.lastSentAt = lastActivity
        worker.counters.bytesToClients += bytes.count
        socket.send(bytes)
        cutIfOverLimit()
    }

    /// Who does not read what it listens to is let go, so that it costs the others nothing.
    func cutIfOverLimit() {
        guard let socket, socket.unsentBytes > worker.settings.client.outputLimitBytes, let cut = end() else { return }
        worker.cutsForOutput(cut)
        closing = cut
        cut.abort()
    }

    func subscriptionsLost() {
        if let webSocket { return forgetTopics(webSocket) }
        guard let stream else { return }
        self.stream = nil
        if stream.hasBegun {
            // Without its last chunk the answer is seen to be cut short.
            leave()
        } else {
            worker.counters.refusedNoMaster += 1
            respond(.masterUnavailable, stream.events.presentation)
            pump()
        }
    }

    /// A sign of life on a stream that has been silent.
    func sweepStream(_ stream: HTTPStream, now: Int) {
        let interval = worker.settings.http.gateway.heartbeatMilliseconds
        guard stream.hasBegun, interval > 0, now - stream.lastSentAt >= interval else { return }
        var output: [UInt8] = []
        stream.events.appendHeartbeat(to: &output)
        if !output.isEmpty { sendEvents(output) }
    }

    /// Ends the stream as a whole answer, and the connection with it.
    func finishStream(_ stream: HTTPStream) {
        if stream.hasBegun {
            var output: [UInt8] = []
            stream.events.appendEnd(to: &output)
            socket?.send(output)
        }
        leave()
    }

    func endStream() {
        if let webSocket {
            webSocket.hub?.forget(self, Set(webSocket.topics.keys).union(webSocket.pending?.topics ?? []))
            self.webSocket = nil
        }
        guard let stream else { return }
        self.stream = nil
        stream.hub?.forget(self, stream.topics)
        stream.monitor?.stop()
    }
}
