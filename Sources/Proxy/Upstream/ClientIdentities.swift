import Access
import Forwarding

/// The users that clients have shown Redis themselves, each with the password that Redis accepted, so that links of the
/// proxy can speak in their name. Kept in memory only, and never shown.
struct ClientIdentities {
    private struct Identity {
        var user: [UInt8]?
        var password: Secret
    }

    private var identities: [Identity] = []
    private let countMax: Int
    /// What the proxy itself shows to Redis: identity 0.
    private var own: (user: [UInt8]?, password: Secret?)

    init(own user: [UInt8]?, _ password: [UInt8]?, countMax: Int) {
        own = (user, password.map(Secret.init))
        self.countMax = countMax
    }

    /// The proxy's own user and password have been changed.
    mutating func change(own user: [UInt8]?, _ password: [UInt8]?) { own = (user, password.map(Secret.init)) }

    /// The number that stands for a pair; nil when there are too many.
    mutating func index(user: [UInt8]?, password: [UInt8]) -> Int? {
        if Self.isSame(user, own.user), own.password?.matches(password.span) == true { return 0 }
        for (index, identity) in identities.enumerated()
        where Self.isSame(user, identity.user) && identity.password.matches(password.span) { return index + 1 }
        guard identities.count < countMax else { return nil }
        identities.append(Identity(user: user, password: Secret(password)))
        return identities.count
    }

    /// What a link of this identity shows to Redis once it is settled; nil for the proxy's own.
    func credentials(of index: Int) -> UpstreamHandshake.Client? {
        guard index > 0, index <= identities.count else { return nil }
        return UpstreamHandshake.Client(user: identities[index - 1].user, password: identities[index - 1].password.revealedBytes)
    }

    /// AUTH without a user means the user `default`.
    private static func isSame(_ one: [UInt8]?, _ other: [UInt8]?) -> Bool {
        let byDefault = Array("default".utf8)
        return (one ?? byDefault) == (other ?? byDefault)
    }
}
