import Forwarding
import Gateway

/// What goes to the master for an HTTP client.
extension HTTPConnection {
    /// How a step went that needs a link.
    enum LinkAnswer {
        case ready(SharedLink)
        /// It has to wait, and will be tried again.
        case waits
        /// The step is dealt with: Redis does not grant such a link, or nobody is left to hear.
        case settled
    }

    /// Sends the command; false when it has to wait.
    func run(_ command: borrowing GatewayCommand) -> Bool {
        guard case .single = command.kind else {
            guard inFlight.isEmpty else { return false }
            dropLink()
            guard let identity = identity(of: command.presentation) else {
                respond(.tooManyRedisUsers, command.presentation)
                return true
            }
            if let answer = mayListen(as: identity, command.presentation) { return if case .waits = answer { false } else { true } }
            begin(command, identity)
            return true
        }
        if let batch = command.presentation.batch {
            // A long answer is made on another thread.
            if unfinished?.long != nil { return false }
            if let refusal = batch.refusal {
                guard inFlight.isEmpty else { return false }
                respond(refusal, command.presentation)
                return true
            }
            if inFlight.count >= batch.window || !hasRoomForReplies { return false }
        }
        if command.isRerun, pool.hasRoute, !pool.mayRerun {
            guard inFlight.isEmpty else { return false }
            worker.counters.unknownOutcomes += 1
            respond(.outcomeUnknown, command.presentation)
            return true
        }
        let request = command.arguments.span
        let kind = worker.kinds.kind(of: request.extracting(command.name), second: request.extracting(command.firstArgument ?? 0..<0))
        let placement = CommandPlacement(request, kind: kind, serverIsPaused: pool.serverIsPaused)
        let translation = kind == .eval && UpstashCommand.isScan(request) ? .cursor : kind.translation
        let isExclusive = placement != .shared || command.isLarge || command.isRerun
        switch takeLink(
            command.database, isExclusive: isExclusive, mayBlock: placement != .shared && translation == nil, isRerun: command.isRerun, translation, for: command.presentation)
        {
        case .waits: return false
        case .settled: return true
        case .ready(let link):
            worker.counters.commands += 1
            worker.tally.count(kind)
            inFlight.append(command.presentation.reading(kind == .read || kind == .readBlocksWhenTold), &worker.presentationReserve)
            if isExclusive {
                begunWork.sentAt = worker.loop.nowMilliseconds
                if placement == .last { link.spend() }
                // It may be meant to wait.
                if worker.timedRequest.owner == owner.key { worker.timedRequest.owner = 0 }
            }
            if translation != nil {
                if !link.submitTranslated(command.arguments, for: owner) { refuseCursor(link) }
                return true
            }
            if isExclusive, pool.keepsClients, let event = ScriptEvent(kind, request) { worker.heard(event, pool) }
            submit(command.arguments, count: 1, link)
            return true
        }
    }

    /// The command's cursor is another server's.
    private func refuseCursor(_ link: SharedLink) {
        ScanCursor.staleReply.withUnsafeBytes { received($0, completing: 1, from: link) }
    }

    @inline(__always) private func submit(_ requests: borrowing [UInt8], count: Int, _ link: SharedLink) {
        if requests.count > LargeRequest.bytesMin, isLinkExclusive { return link.submitLarge(copy requests, count: count, for: owner) }
        requests.withUnsafeBytes { link.submit($0, count: count, for: owner) }
    }

    /// Sends what can be sent of a batch; false while some of it has to wait.
    func runParts(of batch: GatewayBatch) -> Bool {
        while socket != nil, let part = batch.next {
            switch part {
            case .command(let command): guard run(command) else { return false }
            case .refused(let answer, let shown):
                guard inFlight.isEmpty else { return false }
                batch.advance()
                respond(answer, shown)
                continue
            }
            batch.advance()
        }
        return true
    }

    /// Sends a transaction, on a link of its own; false when it has to wait.
    func run(_ batch: GatewayBatch) -> Bool {
        switch takeLink(worker.gatewayRules.database, isExclusive: true, mayBlock: true, for: batch.answer.presentation) {
        case .waits: return false
        case .settled: return true
        case .ready(let link):
            if !leavesLinkClean(batch) { link.spend() }
            let (requests, count) = batch.transaction
            worker.counters.commands += count
            var shown = batch.answer.presentation
            shown.belong(to: batch.answer)
            for _ in 0..<count { inFlight.append(shown) }
            begunWork.sentAt = worker.loop.nowMilliseconds
            submit(requests, count: count, link)
            return true
        }
    }

    /// Whether nothing of a transaction can be left on its link: a step that ends it, or watches, would leave the others outside.
    private func leavesLinkClean(_ batch: GatewayBatch) -> Bool {
        batch.allCommands { name, firstArgument in
            let kind = worker.kinds.kind(of: name, second: firstArgument)
            return kind.leavesLinkClean && kind.commandClass != .transaction
        }
    }

    private func takeLink(
        _ database: Int, isExclusive: Bool, mayBlock: Bool, isRerun: Bool = false, _ translation: ReplyTranslation? = nil, for shown: borrowing ReplyPresentation
    ) -> LinkAnswer {
        guard let identity = identity(of: shown) else { return inFlight.isEmpty ? refuse(.tooManyRedisUsers, shown) : .waits }
        if identity == 0, !isServedOpenly, let answer = refusalOfStrangers(shown) { return answer }
        let state = SessionState(identity: identity, database: database)
        let fits = link != nil && database == linkDatabase && isLinkExclusive == isExclusive && link?.state.identity == identity && link?.isForRerun == isRerun && link?.translation == translation
        // On a link that is gone, each command in flight is told so first.
        if !inFlight.isEmpty, !fits || isLinkExclusive || link?.isGone == true { return .waits }
        // Nobody is left for whom it might block.
        if hasEnded, isExclusive, mayBlock || isRerun {
            leave()
            return .settled
        }
        if isExclusive {
            // A kind of link that Redis would not have on the shared side it will not have here.
            if case .refused(let text) = pool.sharedLink(carrying: state, slot: Int(owner.slot)) { return refuse(text, identity, shown) }
            if !fits || link?.isGone == true {
                dropLink()
                isLinkExclusive = true
                linkDatabase = database
                link = ownLink(carrying: state, isRerun: isRerun, translation)
            }
        } else if !fits || link?.isAccepting != true {
            switch pool.sharedLink(carrying: state, slot: Int(owner.slot)) {
            case .ready(let ready):
                // A reply on another link could overtake those that are awaited.
                guard ready === link || inFlight.isEmpty else { return .waits }
                dropLink()
                linkDatabase = database
                link = ready
            case .refused(let text): return inFlight.isEmpty ? refuse(text, identity, shown) : .waits
            case .standsOtherwise: return inFlight.isEmpty ? refuse(Self.wantsPassword, identity, shown) : .waits
            case .waiting, .exhausted:
                if inFlight.isEmpty { waitForMaster() }
                return .waits
            }
        }
        guard let link, link.isReady else {
            waitForMaster()
            return .waits
        }
        guard link.hasRoom || inFlight.isEmpty else { return .waits }
        stopWaiting()
        linkMayBlock = mayBlock
        return .ready(link)
    }

    private func ownLink(carrying state: SessionState, isRerun: Bool, _ translation: ReplyTranslation?) -> SharedLink? {
        if isRerun { return pool.rerunLink(carrying: state, translation) }
        if let translation { return pool.translatingLink(carrying: state, translation) }
        return pool.exclusiveLink(identity: state.identity, database: state.database, afterWrites: true)
    }

    func dropLink() {
        if isLinkExclusive { link?.release() } else { link?.clientDrained(owner) }
        link = nil
        isLinkExclusive = false
        forgetPartOfReply()
    }

    /// Drops what has come of the reply under way.
    func forgetPartOfReply() {
        unfinished?.reply.removeAll()
        unfinished?.skipped = nil
    }
}
