import RESP

/// What the server said of itself in reply to HELLO: its name, version, mode, and what may change while it runs.
struct ServerFacts {
    /// For how long they are told to clients as they are, in milliseconds.
    static let freshMilliseconds = 1000

    var told: ReplyValue
    /// When it was asked, in monotonic milliseconds.
    var at: Int
    /// Whether it is being asked anew.
    var isAsking = false
    /// Whether they may be otherwise by now, whenever they were told.
    var mayHaveChanged = false

    /// Whether clients may be told them at `now`.
    func isFresh(now: Int) -> Bool { !mayHaveChanged && now - at < Self.freshMilliseconds }
}
