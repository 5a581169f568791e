import Forwarding
import RESP

/// Shared links on which nothing is answered while the server answers on others.
extension UpstreamPool {
    func look(after link: SharedLink, _ now: Int) {
        if settings.commandTimeoutMilliseconds > 0 { link.giveUpIfOverdue(now: now, limit: settings.commandTimeoutMilliseconds) }
        link.loseOutlastedPatience(now: now)
    }

    /// For how long it is taken that Redis holds up writes, each time that a write is seen to wait while reads are answered.
    private static let presumedPauseMilliseconds = 500

    /// Links stand still. Where the server answers on another, they wait behind a command of their own: behind a write, for one,
    /// that CLIENT PAUSE holds up, given by somebody who is no client of ours. Reads are not kept waiting for that.
    func askWhetherServerAnswers() {
        guard !isAskingServer, let link = idle.takeAny() else { return }
        isAskingServer = true
        let question = ServerQuestion(CommandWriter.encode("PING")) { [unowned self] answered in
            isAskingServer = false
            guard let answered else { return }
            giveBack(answered.link)
            let now = loop.nowMilliseconds
            var isBehindWrite = false
            for link in retiredLinks where link.standsStill(now: now) { if link.handOverReads() { isBehindWrite = true } }
            if isBehindWrite, !serverIsPaused { worker.serverPaused(self, milliseconds: Self.presumedPauseMilliseconds) }
            wakeWaiters()
        }
        link.lend(to: question)
        question.linkBecameReady(link)
    }
}
