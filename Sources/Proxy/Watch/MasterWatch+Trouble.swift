import Sentinel

/// Why there is no master, in words: in the log, and to whoever asks.
extension MasterWatch {
    /// Why a candidate that tells nothing to who has no password is taken all the same.
    static let passwordIsBrought = "it wants a password, which clients bring"

    /// What clients are told while no master is known.
    var noMasterReason: String {
        let trouble = candidateTrouble ?? control.watcher?.trouble(masterName: name)
        return trouble.map { "no master found yet: \($0)" } ?? "no master found yet"
    }

    /// What goes wrong with the sentinels is another thing now.
    func troubleChanged() { if topology.master == nil { settle() } }

    /// Logs why a candidate is not adopted when the reason is new, not at each of the many questions.
    func noteRefusal(_ claim: MasterClaim, _ text: String) {
        let refusal = "\(claim): \(text)"
        guard refusal != lastRefusal, refusalLines.takes(now: control.loop.nowMilliseconds) else { return }
        lastRefusal = refusal
        if control.clientsBringPassword, text == Self.passwordIsBrought {
            return control.log.warning(
                "Redis wants a password and redis.password is not set: clients have to show it", metadata: ["master": "\(name)", "candidate": "\(claim)"])
        }
        guard let cause = TroubleCause.words(text, of: .redis, control.mannerTowardsServers) else {
            return control.log.info("candidate not confirmed", metadata: ["master": "\(name)", "candidate": "\(claim)", "answer": "\(text)"])
        }
        candidateTrouble = "\(claim.endpoint): \(cause)"
        control.log.warning("candidate not confirmed", metadata: ["master": "\(name)", "candidate": "\(claim)", "error": "\(cause)", "words": "\(text)"])
        troubleChanged()
    }
}
