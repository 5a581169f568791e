import RESP

/// What the server said of itself in reply to HELLO: its name, version, mode, and what may change while it runs.
struct ServerFacts {
    /// For how long they are told to clients as they are, in milliseconds.
    static let freshMilliseconds = 1000

    var told: ReplyValue
    /// When, in monotonic milliseconds.
    var at: Int
    /// Whether the server is being asked anew.
    var isAsking = false
}
