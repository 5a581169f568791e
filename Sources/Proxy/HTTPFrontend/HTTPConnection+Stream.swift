import Bytes
import EventLoop
import Forwarding
import Gateway
import RESP

/// A client that listens to channels, follows streams or watches the server: its answer goes on for as long as it stays.
extension HTTPConnection: ChannelListener {
    /// Begins an answer that goes on, as `command` says, in the name of the user of Redis that `identity` stands for.
    func begin(_ command: borrowing GatewayCommand, _ identity: Int) {
        worker.counters.commands += 1
        let events = EventStream(command.presentation, isServerSent: command.acceptsEvents)
        switch command.kind {
        case .single: preconditionFailure("Cannot stream the answer to a command with one reply")
        case .subscription(let isPattern):
            guard TopicMemory.bytes(ofRequest: command.arguments.span) <= worker.settings.failover.clientMemoryBytes else {
                return respond(.tooManyTopics, command.presentation)
            }
            listen(command, isPattern, identity, events)
        case .monitoring: monitor(command, identity, events)
        case .following(let follower): follow(command, follower, identity, events)
        }
    }

    private func listen(_ command: borrowing GatewayCommand, _ isPattern: Bool, _ identity: Int, _ events: EventStream) {
        let topics = RequestArguments.all(of: command.arguments.span).dropFirst().map { ChannelTopic(isPattern: isPattern, name: $0) }
        if worker.settings.http.gateway.channelHistoryCount > 0, events.isServerSent, worker.archives.home != nil { return listenByArchive(command, topics, events) }
        let hub = pool.channels.next(identity: identity)
        let stream = HTTPStream(copy command, events, .channels(hub, topics))
        begunWork.stream = stream
        stream.missing = Set(topics)
        hub.add(self, topics)
    }

    /// Tells what the server is asked.
    private func monitor(_ command: borrowing GatewayCommand, _ identity: Int, _ events: EventStream) {
        let link = StandingLink(pool, worker, state: SessionState(identity: identity))
        link.greeting = { CommandWriter.encode("MONITOR") }
        var view = worker.ownTraffic.view()
        let monitor = Monitor(pool.census)
        link.received = { [unowned self] line in
            defer { withExtendedLifetime(monitor) {} }
            if worker.ownTraffic.isShown(by: line, now: worker.loop.nowMilliseconds, in: &view) { return }
            var output: [UInt8] = []
            events.append(line, worker.gatewayRules, to: &output)
            sendEvents(output)
        }
        stand(HTTPStream(copy command, events, .link(link)), link)
    }

    /// Tells the entries of streams, and asks for those behind them. An error ends the answer; the client comes back with the
    /// last id that it knows.
    private func follow(_ command: borrowing GatewayCommand, _ first: StreamFollower, _ identity: Int, _ events: EventStream) {
        var follower = first
        let link = StandingLink(pool, worker, state: SessionState(identity: identity, database: command.database))
        link.greeting = {
            follower.linkIsNew()
            return follower.request
        }
        link.received = { [unowned self, unowned link] reply in
            guard let stream = self.stream else { return }
            var entries: [UInt8] = []
            guard follower.append(reply, to: &entries) else { return refuseFollowing(stream, reply) }
            stream.eventID = follower.eventID
            if !stream.hasBegun, !follower.isLocating { beginFollowing(stream, follower) }
            var output: [UInt8] = []
            events.append(events: entries, to: &output)
            if !output.isEmpty { sendEvents(output) }
            guard socket != nil else { return }
            // What the client has not read need not be asked for yet.
            if hasRoomForReplies { link.send(follower.request) } else { stream.goesOn = { [unowned link] in link.send(follower.request) } }
        }
        let stream = HTTPStream(copy command, events, .link(link))
        stream.eventID = follower.eventID
        begunWork.stream = stream
        if !follower.isLocating { beginFollowing(stream, follower) }
        start(link)
    }

    /// From here on nothing is lost to the client, and it learns where that is.
    private func beginFollowing(_ stream: HTTPStream, _ follower: StreamFollower) {
        sendHead(stream)
        var (line, output): ([UInt8], [UInt8]) = ([], [])
        follower.appendEventID(to: &line)
        stream.events.append(events: line, to: &output)
        if !output.isEmpty { sendEvents(output) }
    }

    /// Redis does not answer as it does to who may follow a stream.
    private func refuseFollowing(_ stream: HTTPStream, _ reply: Span<UInt8>) {
        if stream.hasBegun { return finishStream(stream) }
        var error: [UInt8] = []
        error.append(reply)
        endStream()
        respond(stream.events.presentation, reply: error)
        pump()
    }

    private func stand(_ stream: HTTPStream, _ link: StandingLink) {
        begunWork.stream = stream
        sendHead(stream)
        start(link)
    }

    private func start(_ link: StandingLink) {
        link.gaveUp = { [unowned self] in subscriptionsLost() }
        link.start()
    }

    func sendHead(_ stream: HTTPStream) {
        stream.hasBegun = true
        var output: [UInt8] = []
        stream.events.appendHead(worker.gatewayRules, to: &output)
        worker.counters.countResponse(status: 200, .own)
        sendEvents(output)
    }

    func subscribed(to topic: ChannelTopic) {
        if let webSocket {
            guard webSocket.pending?.missing.remove(topic) != nil, webSocket.pending?.missing.isEmpty == true else { return }
            return tellPending(webSocket)
        }
        guard let stream, !stream.hasBegun, case .channels(_, let topics) = stream.source, stream.missing.remove(topic) != nil, stream.missing.isEmpty else { return }
        sendHead(stream)
        welcome(stream, topics)
    }

    /// For each topic what Redis says on a subscription; of many topics not in one piece.
    private func welcome(_ stream: HTTPStream, _ topics: [ChannelTopic]) {
        var output: [UInt8] = []
        let tellsCounts = stream.events.tellsCounts(worker.gatewayRules)
        for topic in topics.dropFirst(stream.toldCount).prefix(ChannelHub.sliceCount) {
            // Whoever names a topic twice listens to it once.
            stream.told.insert(topic)
            let reply = SubscriptionReply.bytes(topic, isSubscribe: true, count: tellsCounts ? stream.told.count : nil)
            stream.events.append(reply.span, worker.gatewayRules, to: &output)
        }
        stream.toldCount += ChannelHub.sliceCount
        stream.nextSlice = nil
        if stream.toldCount >= topics.count {
            stream.told = []
        } else {
            stream.nextSlice = LoopTimer(worker.loop, milliseconds: ChannelHub.pauseMilliseconds) { [unowned self, unowned stream] in welcome(stream, topics) }
        }
        sendEvents(output)
    }

    func refusedSubscription(to topic: ChannelTopic, _ error: [UInt8]) {
        if let webSocket { return refusePending(webSocket, topic, error) }
        guard let stream, !stream.hasBegun else { return }
        endStream()
        respond(stream.events.presentation, reply: error)
        pump()
    }

    func published(_ message: Span<UInt8>, on topic: ChannelTopic, by hub: ChannelHub) {
        if let webSocket {
            guard let shown = webSocket.topics[topic] else { return }
            return sendFrame(hub.rendering(.webSocket(shown), message, worker.gatewayRules))
        }
        guard let stream, stream.hasBegun else { return }
        sendEvents(hub.rendering(.stream(stream.events), message, worker.gatewayRules))
    }

    func sendEvents(_ bytes: [UInt8]) {
        guard let socket else { return }
        noteActivity()
        stream?.lastSentAt = worker.loop.nowMilliseconds
        worker.counters.bytesToClients += bytes.count
        socket.send(bytes)
        cutIfOverLimit()
    }

    /// Who does not read what it listens to is let go, so that it costs the others nothing.
    func cutIfOverLimit() {
        guard let socket, socket.unsentBytes + (unfinished?.long?.framesBehind.count ?? 0) > worker.outputLimitBytes, let cut = end() else { return }
        worker.cutsForOutput(cut)
        cut.abort()
    }

    func subscriptionsLost() {
        if let webSocket { return forgetTopics(webSocket) }
        guard let stream else { return }
        endStream()
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
        stream.events.appendHeartbeat(id: stream.eventID, to: &output)
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
            webSocket.hub?.forget(self, Array(webSocket.topics.keys) + (webSocket.pending?.topics ?? []))
            webSocket.pending = nil
            unfinished?.webSocket = nil
        }
        guard let stream else { return }
        unfinished?.stream = nil
        stream.nextSlice = nil
        stream.goesOn = nil
        switch stream.source {
        case .channels(let hub, let topics): hub.forget(self, topics)
        case .archive(let key): worker.archives.home?.post { $0.archives.remove(key) }
        case .link(let link): link.stop()
        }
    }
}
