import Bytes
import EventLoop
import Forwarding
import RESP

/// What comes back on the link that a client has for itself, and the link's end.
extension RESPConnection {
    /// Goes over to a link of the client's own; false when none is to be had, or not at once.
    func takeOwnLink(afterWrites: Bool = false) -> Bool {
        // One that is held for the client's name, and on which Redis still takes it for somebody else.
        if let link = own?.link, link.carried.identity != session.state.identity, !session.isPinned { dropOwnLink() }
        // A link that is still settling carries what its client wanted when it set out.
        if let link = own?.link, !link.isReady, link.carried != session.state, !session.needsLinkForLogin { dropOwnLink() }
        if let link = own?.link {
            guard var preparation = LinkPreparation(from: link.carried, to: session.state) else {
                link.abandon("it is another user's")
                return false
            }
            if afterWrites { preparation.noteReplicationOffset() }
            link.prepare(session.state, preparation)
        } else {
            guard mayTakeOwnLink() else { return false }
            let wanted = session.needsLinkForLogin ? stateForLogin : session.state
            guard let link = pool.link(carrying: wanted, afterWrites: afterWrites, for: self) else { return false }
            own = OwnLink(link: link, replies: pool.ownReplies.take(nestingDepthMax: pool.nestingDepthMax))
        }
        session.pinned(now: worker.loop.nowMilliseconds)
        // What is settled on the own link may ask for another shared one afterwards.
        shared = nil
        if own?.link.isReady == true {
            if session.showsLibrary { own?.link.show(session.library) }
            stopWaiting()
            return true
        }
        waitForLink()
        return true
    }

    func linkBecameReady(_ link: UpstreamLink) {
        stopWaiting()
        if session.showsLibrary || showsName { link.show(session.library) }
        processPending()
        if hasEnded { closeWhenSettled() }
    }

    func linkDrained(_ link: UpstreamLink) { balanceReading() }

    var carriesOnlyWait: Bool { session.isBlocking && session.awaitedCount == 1 && own?.replies.isAsNew == true }

    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) { ownLinkClosed(reason, unsentBytes: link.unsentBytes, generation: link.generation) }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        guard let socket else { return }
        lastActivity = worker.loop.nowMilliseconds
        if own?.replies.restoration != nil { return readRestoration(bytes) }
        if let replies = own?.replies, !replies.beginning.isEmpty {
            let whole = replies.takeBeginning() + bytes
            return whole.withUnsafeBytes { self.link(link, received: $0) }
        }
        if session.awaitsResetOfMonitor { return readUntilReset(bytes, socket) }
        var start = 0
        while start < bytes.count, own?.link === link {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            if session.isEndless {
                own?.replies.passed(rest)
                pass(rest, socket)
                break
            }
            let read = readReplies(rest)
            if session.isMonitoring { own?.replies.monitors(pool) }
            worker.counters.bytesToClients &+= read.passed
            socket.sendNow(UnsafeRawBufferPointer(rebasing: rest[..<read.passed]))
            if read.isDisowned { return leaveOwnLink() }
            start += read.dealtWith
        }
        if socket.unsentBytes > worker.comfortableOutputBytes { link.pauseReading() }
        ownRepliesRead()
        if hasEnded || isDraining { closeWhenSettled() }
    }

    /// Passes on what a monitor is shown until the server has run its RESET.
    private func readUntilReset(_ bytes: UnsafeRawBufferPointer, _ socket: StreamSocket) {
        let end = own?.replies.endOfReset(bytes)
        let passed = UnsafeRawBufferPointer(rebasing: bytes[..<(end ?? bytes.count)])
        pass(passed, socket)
        if end != nil { return endMonitoring() }
        if let link = own?.link, socket.unsentBytes > worker.comfortableOutputBytes { link.pauseReading() }
    }

    /// Passes on bytes that are not looked into, save for lines of MONITOR that show the proxy at work.
    private func pass(_ bytes: UnsafeRawBufferPointer, _ socket: StreamSocket) {
        guard var filter = own?.replies.monitorFilter else {
            worker.counters.bytesToClients &+= bytes.count
            return socket.sendNow(bytes)
        }
        let shown = filter.shown(bytes.bindMemory(to: UInt8.self).span, traffic: worker.ownTraffic, now: worker.loop.nowMilliseconds)
        own?.replies.monitorFilter = filter
        worker.counters.bytesToClients &+= shown.count
        shown.withUnsafeBytes { socket.sendNow($0) }
    }

    private func endMonitoring() {
        dropOwnLink()
        forgetAll()
        processPending()
        if hasEnded || isDraining { closeWhenSettled() }
    }

    /// What has become of bytes of the own link.
    private struct RepliesRead {
        /// So many are the client's.
        var passed: Int
        /// So many are dealt with. What lies behind the passed ones is kept back, or a message that is nobody's.
        var dealtWith: Int
        /// Whether the reply behind the passed ones says that the server will run nothing (more).
        var isDisowned = false

        init(passed: Int, dealtWith: Int? = nil, isDisowned: Bool = false) {
            self.passed = passed
            self.dealtWith = dealtWith ?? passed
            self.isDisowned = isDisowned
        }
    }

    /// Tells the session of every reply that ends in `bytes`, up to the first that is not the client's to have.
    private func readReplies(_ bytes: UnsafeRawBufferPointer) -> RepliesRead {
        guard let own else { return RepliesRead(passed: bytes.count) }
        let replies = own.replies
        let span = bytes.bindMemory(to: UInt8.self).span
        var start = 0
        while start < bytes.count, !session.isEndless {
            let isWhole = replies.partialBytes == 0
            let outcome = replies.advance(span, from: start, session.replyReading, dropsPushes: !session.mayReceivePushes)
            guard case .reply(let marker, let end, let edges) = outcome else {
                switch outcome {
                case .begun: return RepliesRead(passed: start, dealtWith: bytes.count)
                case .notTheClients(let end): return RepliesRead(passed: start, dealtWith: end)
                case .unreadable: session.repliesUnreadable()
                case .reply, .incomplete: break
                }
                if replies.partialBytes > pool.largeReplyBytes { session.sawLargeReply() }
                return RepliesRead(passed: bytes.count)
            }
            if marker == UInt8(ascii: "-"), isWhole, isNoMaster(span.extracting(start..<end)) {
                return RepliesRead(passed: start, isDisowned: true)
            }
            if end - start > pool.largeReplyBytes { session.sawLargeReply() }
            start = end
            switch session.ownReplyArrived(marker: marker, edges: edges) {
            case .none: break
            case .settled: own.link.carried = session.state
            case .toldID(let id): own.link.isKnown(by: id, worker)
            case .serverReconfigured: worker.serverReconfigured(pool)
            case .loginRefused(let user): noteRefusalByRedis(user: user)
            case .serverPaused(let milliseconds): worker.serverPaused(pool, milliseconds: milliseconds)
            case .reset:
                dropOwnLink()
                forgetAll()
                return RepliesRead(passed: bytes.count)
            case .authenticated(let user, let password): authenticated(user, password, on: own.link)
            }
        }
        return RepliesRead(passed: bytes.count)
    }

    /// Whether the server has said by `reply` that it ran nothing, and will run nothing: it is no usable master.
    private func isNoMaster(_ reply: Span<UInt8>) -> Bool {
        guard session.isNextAnsweredByServer else { return false }
        if NotMasterReply.wantsReplicas(reply) { return pool.awaitsReplicas && session.awaitsOneReplyAlone }
        if own?.link.isParting == true { return session.isBlocking && NotMasterReply.isUnblocking(reply) }
        guard pool.believesDisavowals, NotMasterReply.matches(reply) || (session.isBlocking && NotMasterReply.isForcedUnblocking(reply)) else { return false }
        worker.foundNoMaster(pool, isReadOnly: NotMasterReply.isReadOnly(reply))
        // Where no other server is to come, whoever ends with its link had better hear the server's word than lose its connection.
        return session.canLoseOwnLink || !pool.settings.endsKnownClients
    }

    /// Lets the own link go, whose server did not run the first request in flight.
    private func leaveOwnLink() {
        guard let link = own?.link else { return }
        let unsentBytes = link.unsentBytes
        link.discard()
        if !keptWithoutLink(unsentBytes: unsentBytes, firstRanNot: true) { leave() }
    }

    /// Goes on with what waited for replies, and back to the shared link when nothing keeps the client from it.
    func ownRepliesRead() {
        if !session.isPinned {
            return processPending()
        } else if session.isPinOver {
            if session.isLinkSpent { own?.link.isSpent = true }
            session.unpinned()
            // A link whose id the client knows stays its own; of any other that is spent it needs no more.
            if !session.keepsLink, !showsName || own?.link.isSpent == true { giveBackOwnLink() }
        } else if pendingInput.isEmpty {
            return
        }
        processPending()
    }

    private func giveBackOwnLink() {
        guard let own else { return }
        self.own = nil
        nameHidden()
        // Between two replies, or a message is being received that nobody has asked for.
        guard own.replies.isAsNew else { return own.link.release() }
        pool.giveBack(own.link)
        pool.ownReplies.giveBack(own.replies)
    }

    /// Redis's words where it would not have the link for something that is the client's own.
    private func refusal(in reason: LinkEnd) -> String? {
        switch reason {
        // Those end by themselves, and the link is made then.
        case .handshake(.refused(let words)) where words.hasPrefix("BUSY") || words.hasPrefix("LOADING") || pool.findsIntroducer(session.state, words): nil
        case .handshake(.refused(let words)): words
        case .handshake(.authentication(let words)) where session.state.identity != 0: words
        default: nil
        }
    }

    /// The link is gone. The client notices nothing where nothing of it was on the link.
    private func ownLinkClosed(_ reason: LinkEnd, unsentBytes: Int, generation: UInt64) {
        if session.awaitsResetOfMonitor {
            answer(Array("+RESET\r\n".utf8))
            own = nil
            nameHidden()
            return endMonitoring()
        }
        if let words = refusal(in: reason) {
            own = nil
            nameHidden()
            return ownLinkRefused(words)
        }
        if pool.keepsClients, !session.keepsLink || !pool.settings.endsKnownClients {
            switch reason {
            case .lost, .fenced:
                let closedBy = if case .lost = reason { Optional(generation) } else { UInt64?.none }
                if !keptWithoutLink(unsentBytes: unsentBytes, closedBy: closedBy) { leave() }
                return
            case .handshake, .unreachable: break
            }
        }
        own = nil
        nameHidden()
        let isFenced = if case .fenced = reason { true } else { false }
        // A link whose id the client knows and that the server has closed was the client's own: so it ends.
        guard session.isOwnLinkClean || session.needsRestoration, !session.keepsLink || isFenced else {
            worker.counters.unknownOutcomes += session.awaitedCount
            return leave()
        }
        session.unpinned()
        session.linkKeptNoMore()
        // A server that is not there would be asked again at once: the next attempt is left to the pool.
        switch reason {
        case .handshake, .unreachable: waitForLink()
        case .lost, .fenced: processPending()
        }
        if hasEnded { closeWhenSettled() }
    }
}
