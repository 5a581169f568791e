import Bytes
import EventLoop
import Forwarding

/// What goes over the link that a client shares with others, and what comes back on it.
extension RESPConnection {
    /// How a step went.
    enum Progress {
        case done
        /// The client has gone over to a link of its own: the session is to be asked again.
        case again
        /// It has to wait, and will be tried again.
        case waits
    }

    /// Sends `count` requests over the shared link.
    func share(_ requests: UnsafeRawBufferPointer, _ count: Int, reads: Int) -> Progress {
        if isAccessOverdue { return refuseIfOverdue(count) }
        if session.isRerunning { return shareAlone(requests, reads: reads) }
        if let shared, shared.isAccepting, shared.hasRoom {
            submit(requests, count, reads: reads, to: shared)
            return .done
        }
        switch pool.sharedLink(carrying: session.state, slot: Int(owner.slot)) {
        case .ready(let link):
            // A reply on another link could overtake those that are awaited.
            guard link === shared || session.inFlight == 0 else { return .waits }
            shared = link
            guard link.hasRoom else {
                isWaiting = true
                pool.addWaiter(self)
                return .waits
            }
            submit(requests, count, reads: reads, to: link)
            return .done
        case .refused(let text):
            guard session.inFlight == 0 else { return .waits }
            return refuse(count, text)
        case .standsOtherwise:
            guard session.inFlight == 0 else { return .waits }
            return standAsNewcomer()
        case .waiting: return session.inFlight == 0 ? refuseIfOverdue(count) : .waits
        case .exhausted: return session.inFlight == 0 ? pinForGood(count) : .waits
        }
    }

    /// Sends a request on a link for itself, where its reply is translated.
    func translate(_ translation: ReplyTranslation, _ request: [UInt8]) -> Progress {
        if isAccessOverdue { return refuseIfOverdue(1) }
        switch pool.sharedLink(carrying: session.state, slot: Int(owner.slot)) {
        case .refused(let text): return refuse(1, text)
        case .standsOtherwise: return standAsNewcomer()
        case .exhausted: return pinForGood()
        case .ready, .waiting: break
        }
        let isRerun = session.isRerunning
        if shared?.translation != translation || shared?.isForRerun != isRerun || shared?.isGone != false {
            shared = isRerun ? pool.rerunLink(carrying: session.state, translation) : pool.translatingLink(carrying: session.state, translation)
        }
        guard let shared, shared.isReady else { return refuseIfOverdue(1) }
        if isWaiting { stopWaiting() }
        if shared.submitTranslated(request, for: owner) {
            worker.counters.commands &+= 1
            worker.tally.count(translation == .cursor ? .scan : .information)
            session.shared(1)
        } else {
            answer(ScanCursor.staleReply)
        }
        shared.retire()
        return .done
    }

    /// Redis takes who shows no password otherwise by now, and has closed the links from before: the client is as one that comes now.
    private func standAsNewcomer() -> Progress {
        session.state.identity = session.state.identity == 0 ? SessionState.stranger : 0
        return .again
    }

    /// Answers `count` commands with the words in which Redis would not have such a link.
    private func refuse(_ count: Int, _ text: String) -> Progress {
        stopWaiting()
        let reply = Array("-\(text)\r\n".utf8)
        if ClientAuthentication.isRefusal(reply) { noteRefusal(reply, of: Span()) }
        for _ in 0..<count { answer(reply) }
        return .done
    }

    private func pinForGood(_ count: Int = 1) -> Progress {
        guard !isRefusing, takeOwnLink() else { return refuseIfOverdue(count) }
        session.pinForGood()
        return .again
    }

    func submit(_ requests: UnsafeRawBufferPointer, _ count: Int, reads: Int, to link: SharedLink) {
        if isWaiting { stopWaiting() }
        worker.counters.commands &+= count
        worker.tally.sentRun(count, reads: reads)
        link.submit(requests, count: count, for: owner)
        session.shared(count)
    }

    /// Settles a SELECT by finding a link that has the database.
    func settle(select database: Int) -> Progress {
        if isAccessOverdue { return refuseIfOverdue(1) }
        var wanted = session.state
        wanted.database = database
        switch pool.sharedLink(carrying: wanted, slot: Int(owner.slot)) {
        case .ready(let link):
            shared = link
            stopWaiting()
            answer(session.selected(database))
            return .done
        case .refused(let text): return refuse(1, text)
        case .standsOtherwise: return standAsNewcomer()
        case .waiting: return refuseIfOverdue(1)
        case .exhausted: return pinForGood()
        }
    }

    /// Settles a HELLO by finding a link that speaks the version.
    func settle(greeting version: Int, _ name: [UInt8]?) -> Progress {
        if isAccessOverdue { return refuseIfOverdue(1) }
        var wanted = session.state
        wanted.protocolVersion = version
        switch pool.sharedLink(carrying: wanted, slot: Int(owner.slot)) {
        case .ready(let link):
            guard let facts = pool.facts(protocolVersion: version) else {
                // A server that does not know HELLO says so itself.
                return !isRefusing && takeOwnLink() ? .again : refuseIfOverdue(1)
            }
            guard pool.knowsFactsOfNow(protocolVersion: version) else { return refuseIfOverdue(1) }
            shared = link
            stopWaiting()
            session.greeted(version, name: name)
            pool.expects(session.state)
            if name != nil { nameChanged() }
            answer(GreetingReply.make(facts, protocolVersion: version, clientID: worker.nextClientID()))
            return .done
        case .refused(let text): return refuse(1, text)
        case .standsOtherwise: return standAsNewcomer()
        case .waiting: return refuseIfOverdue(1)
        case .exhausted: return pinForGood()
        }
    }

    func received(_ bytes: UnsafeRawBufferPointer, completing count: Int, from link: SharedLink) {
        guard let socket, link === shared else { return }
        worker.counters.bytesToClients &+= bytes.count
        lastActivity = worker.loop.nowMilliseconds
        session.repliesArrived(count)
        socket.sendNow(bytes)
        if socket.unsentBytes > worker.comfortableOutputBytes { tooMuchUnsent(socket, link) }
        if count > 0, !pendingInput.isEmpty || !returned.isEmpty { processPending() }
        if hasEnded || isDraining { closeWhenSettled() }
    }

    private func tooMuchUnsent(_ socket: StreamSocket, _ link: SharedLink) {
        session.sawLargeReply()
        balanceReading()
        if socket.unsentBytes > worker.outputLimitBytes { link.waitFor(owner) } else { link.waitIfAlone(owner) }
    }

    func receivesLargeReply(from link: SharedLink) {
        if link === shared { session.sawLargeReply() }
    }

    func outlastedPatience(of link: SharedLink) {
        guard link === shared, socket != nil else { return }
        if let socket { worker.cutsForOutput(socket) }
        cutOff()
    }
}
