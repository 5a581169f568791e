import Bytes
import EventLoop
import Logging
import Sentinel

/// What goes wrong with sentinels: each trouble is told once, in words that name the setting, and then with a count from time to time.
struct SentinelTroubles {
    /// How often a trouble is told that stays, in milliseconds.
    private static let reminderMilliseconds = 10_000
    private static let textMax = 300

    private struct Trouble {
        var words: String
        /// Whether they tell the cause, and not just what happened.
        var isCause: Bool
        var toldAt: Int
        var repetitions = 0
    }

    private var standing: [SocketAddress: Trouble] = [:]
    private var unknownMasters: [String: String] = [:]
    private var unresolvedWords: String?
    /// Sentinels that come and go, or find new words for it, are told of within bounds.
    private var pace = LinePace(linesMax: 10, milliseconds: 10_000)

    /// The sentinel at `address` is of no use; true where that is news.
    mutating func note(_ address: SocketAddress, _ text: String, _ control: ControlPlane) -> Bool {
        let now = control.loop.nowMilliseconds
        let cause = TroubleCause.words(text, of: .sentinel, control.mannerTowardsSentinels)
        let words = String((cause ?? text).prefix(Self.textMax))
        if var trouble = standing[address], trouble.words == words || (trouble.isCause && (cause == nil || TroubleCause.isConsequence(text))) {
            trouble.repetitions += 1
            if now - trouble.toldAt >= Self.reminderMilliseconds {
                control.log.warning(
                    "sentinel still not usable", metadata: ["sentinel": "\(address)", "error": "\(trouble.words)", "times": "\(trouble.repetitions)"])
                (trouble.toldAt, trouble.repetitions) = (now, 0)
            }
            standing[address] = trouble
            return false
        }
        standing[address] = Trouble(words: words, isCause: cause != nil, toldAt: now)
        guard pace.takes(now: now) else { return false }
        var metadata: Logger.Metadata = ["sentinel": "\(address)", "error": "\(words)"]
        if cause != nil, !TroubleCause.isConsequence(text) { metadata["words"] = "\(text.prefix(Self.textMax))" }
        control.log.warning("sentinel not usable", metadata: metadata)
        return true
    }

    /// The sentinels monitor no master `name`, but those.
    mutating func unknownMaster(_ name: String, known: [String], _ control: ControlPlane) {
        let words = TroubleCause.unknownMaster(name, known: known)
        guard unknownMasters.updateValue(words, forKey: name) != words, pace.takes(now: control.loop.nowMilliseconds) else { return }
        control.log.warning("master not found", metadata: ["master": "\(name)", "error": "\(words)"])
    }

    /// A name among the sentinels' does not lead to an address.
    mutating func unresolved(_ endpoint: Endpoint, _ text: String, _ control: ControlPlane) {
        let words = TroubleCause.words(text, of: .sentinel, control.mannerTowardsSentinels) ?? text
        unresolvedWords = "\(endpoint): \(words)"
        control.log.warning("sentinel name not resolved", metadata: ["sentinel": "\(endpoint)", "error": "\(words)", "words": "\(text)"])
    }

    /// It answers; true where there was a trouble, and its end may be told.
    mutating func ended(_ address: SocketAddress, _ control: ControlPlane) -> Bool {
        unresolvedWords = nil
        return standing.removeValue(forKey: address) != nil && pace.takes(now: control.loop.nowMilliseconds)
    }

    mutating func forget(_ address: SocketAddress) { standing[address] = nil }

    /// In words for whoever asks why there is no master.
    func words(masterName: String) -> String? {
        if let words = unknownMasters[masterName] { return words }
        if let cause = standing.values.filter(\.isCause).map(\.words).min() { return cause }
        return standing.values.map(\.words).min() ?? unresolvedWords
    }
}
