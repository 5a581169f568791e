import EventLoop
import Gateway

/// Requests and messages so large that they are planned on another thread. Nothing is read behind such a one before its plan is
/// there.
extension HTTPConnection {
    /// Has `request` planned where it holds up nobody.
    func planElsewhere(_ request: LargeRequest) {
        let framing = request.framing(worker.gatewayRules)
        guard worker.memory.mayHold(request.bodyBytes) else {
            worker.counters.memoryRefusals += 1
            return begunWork.backlog.append(.respond(.outOfMemory, framing))
        }
        guard let room = worker.renderRoom() else {
            let plan = request.plan(worker.gatewayRules, into: &worker.commandSlot.command)
            noteTaken(plan)
            return add(plan)
        }
        let number = beginPlanning(request.bodyBytes)
        let (job, rules, owner) = (Handoff(request), worker.gatewayRules, owner)
        room.post { [own = worker.mailbox] _ in
            guard let request = job.take() else { return }
            var command = GatewayCommand()
            let planned = Handoff((request.plan(rules, into: &command), command))
            own.post { worker in
                if let (plan, command) = planned.take() { (worker.clients[owner] as? HTTPConnection)?.planned(plan, command, number) }
            }
        }
    }

    private func beginPlanning(_ bytes: Int) -> Int {
        let work = begunWork
        work.longCount &+= 1
        work.planning = .init(number: work.longCount, bytes: bytes)
        return work.longCount
    }

    private func endPlanning(_ number: Int) -> Bool {
        guard let work = unfinished, work.planning?.number == number, socket != nil else { return false }
        work.planning = nil
        return true
    }

    private func planned(_ plan: GatewayPlan, _ command: GatewayCommand, _ number: Int) {
        guard endPlanning(number) else { return }
        var command = command
        swap(&command, &worker.commandSlot.command)
        noteTaken(plan)
        add(plan)
        swap(&command, &worker.commandSlot.command)
        pump()
    }

    /// Has the commands in `message` read where it holds up nobody.
    func readElsewhere(_ message: [UInt8], _ session: WebSocketSession) {
        guard let room = worker.renderRoom() else { return take(session.commands.read(message.span), session) }
        let number = beginPlanning(message.count)
        let (job, commands, owner) = (Handoff(message), session.commands, owner)
        room.post { [own = worker.mailbox] _ in
            guard let message = job.take() else { return }
            let outcome = Handoff(commands.read(message.span))
            own.post { worker in
                if let outcome = outcome.take() { (worker.clients[owner] as? HTTPConnection)?.messageRead(outcome, number) }
            }
        }
    }

    private func messageRead(_ outcome: WebSocketCommands.Outcome, _ number: Int) {
        guard endPlanning(number), let webSocket else { return }
        take(outcome, webSocket)
        pump()
    }
}
