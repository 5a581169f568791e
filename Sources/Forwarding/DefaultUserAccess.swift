/// Whether Redis serves who shows it no password, as was last seen on a link that showed none.
///
/// It is Redis's default user that serves them, and that may be given a password, or be switched off, at any time
/// (`CONFIG SET requirepass`, `ACL SETUSER default`). Redis then goes on serving the connections that stand, and refuses new ones; so
/// a client that has come since is not to be served over a link from before.
///
/// Source: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
public struct DefaultUserAccess: Sendable {
    public enum Verdict: Sendable { case served, refused, unknown }

    /// For how long what was seen holds for clients that come: so late a change may be noticed, in milliseconds.
    static let freshMilliseconds = 1000

    /// While clients come, it is looked at anew before that, so that none has to wait for it: so old, in milliseconds.
    static let refreshMilliseconds = 600
    /// For so long after the last client that has come.
    static let attentionMilliseconds = 2000

    private var last: (isServed: Bool, at: Int)?
    private var newcomerAt: Int?
    /// Whether a client has come since it was forgotten.
    private var isAwaited = false
    /// When it was last seen, where it could not be since.
    private var seenAt: Int?
    /// For how long that may be, in milliseconds.
    static let unseenMillisecondsMax = 60_000
    /// What set out by then says nothing of how it is now.
    private var forgottenAt = Int.min

    public init() {}

    /// A link that set out at `at`, in monotonic milliseconds, was served, or refused.
    public mutating func saw(served: Bool, at: Int) {
        if at <= forgottenAt { return }
        if seenAt == nil, let last, last.at > at { return }
        (last, seenAt) = ((served, at), nil)
    }

    /// Whether the last link that was looked at was refused, however long ago.
    public var wasRefused: Bool { last?.isServed == false }

    /// What is known at `now`.
    public func verdict(now: Int) -> Verdict {
        guard let last, now - last.at < Self.freshMilliseconds else { return .unknown }
        return last.isServed ? .served : .refused
    }

    /// It could not be looked at: what was seen holds on, within bounds.
    public mutating func holdsOn(now: Int) {
        guard let last, now - (seenAt ?? last.at) < Self.unseenMillisecondsMax else { return }
        seenAt = seenAt ?? last.at
        self.last = (last.isServed, now)
    }

    /// A client has come.
    public mutating func newcomer(at now: Int) { (newcomerAt, isAwaited) = (now, true) }

    /// Whether it is time to look again, for the clients that may come.
    public func isDue(now: Int) -> Bool {
        guard let newcomerAt, now - newcomerAt < Self.attentionMilliseconds else { return false }
        // What has been forgotten is looked at when the next client has come.
        return last.map { now - $0.at >= Self.refreshMilliseconds } ?? isAwaited
    }

    /// The server has been changed at `now`, or is another: what set out by then does not count.
    public mutating func forget(now: Int) { (last, seenAt, forgottenAt, isAwaited) = (nil, nil, now, false) }
}
