import EventLoop
import Observability
import Sentinel

/// What an operator asks for by the admin port.
extension ControlPlane {
    /// How long a pause is waited for until commands in flight are answered, and how often they are counted.
    private static let quietLimitMilliseconds = 10_000
    private static let quietLookMilliseconds = 10

    /// Asks a sentinel for a failover; for a master's watch.
    func failOver(_ masterName: String, _ answered: @escaping (String?) -> Void) {
        guard let watcher else { return answered("the upstream is fixed") }
        watcher.failOver(masterName, answered)
    }

    /// A connection of the watch to Redis stands; who asks Redis what it is asked is not shown what comes from there.
    func watchSpeaks(from address: String) {
        for worker in workerMailboxes { worker.post { $0.watchSpeaks(from: Array(address.utf8)) } }
    }

    /// Moves the master to a replica without a failed command.
    func planFailover(ofMaster index: Int, _ done: @escaping (PlannedFailover.Outcome) -> Void) {
        guard watches.indices.contains(index) else { return done(.failed("the upstream is fixed, so there is nothing to fail over to")) }
        log.notice("an operator asks for a failover", metadata: ["master": "\(masterNames[index])"])
        watches[index].failOver(done)
    }

    /// Holds all commands for the master back, and tells how many are still in flight when they are answered, or have had time to.
    func pause(master index: Int, _ done: @escaping (Int) -> Void) {
        log.notice("paused", metadata: ["master": "\(masterNames[index])"])
        setPaused(index, true)
        awaitQuiet(until: loop.nowMilliseconds + Self.quietLimitMilliseconds, done)
    }

    func resume(master index: Int) {
        log.notice("resumed", metadata: ["master": "\(masterNames[index])"])
        setPaused(index, false)
    }

    private func setPaused(_ index: Int, _ isPaused: Bool) {
        fixed?.pause(isPaused)
        if watches.indices.contains(index) { watches[index].pause(isPaused) }
    }

    /// Reads the configuration and the TLS files again; nil if all is in force, else what is wrong. The configuration is put in force
    /// whole or not at all.
    func reload() -> String? {
        ServiceNotification.reloading()
        defer { ServiceNotification.ready() }
        // Certificates are renewed by who knows nothing of the file, so they are read again whatever becomes of it.
        let problems = rereadConfiguration() + rereadTLS()
        return problems.isEmpty ? nil : problems.joined(separator: "\n")
    }

    private func rereadConfiguration() -> [String] {
        switch configuration.reread() {
        case .unchanged: log.notice("configuration read again: nothing has changed")
        case .changed(let keys):
            log.notice("configuration read again", metadata: ["changed": "\(keys.joined(separator: ","))"])
            for worker in workerMailboxes { worker.post { [settings] in $0.settingsChanged(settings) } }
        case .refused(let errors):
            for error in errors { log.error("the new configuration is refused whole; the one in force stays", metadata: ["error": "\(error)"]) }
            return errors
        }
        configuration.applyLogLevel()
        return []
    }

    private func awaitQuiet(until deadline: Int, _ done: @escaping (Int) -> Void) {
        collectCounters { [weak self] counters, _ in
            guard let self else { return }
            guard counters.inFlightWhileHeld > 0, loop.nowMilliseconds < deadline else { return done(counters.inFlightWhileHeld) }
            lastQuietWait += 1
            quietWaits[lastQuietWait] = LoopTimer(loop, milliseconds: Self.quietLookMilliseconds) { [unowned self, wait = lastQuietWait] in
                quietWaits[wait] = nil
                awaitQuiet(until: deadline, done)
            }
        }
    }
}
