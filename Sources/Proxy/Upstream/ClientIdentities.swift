import Access
import Forwarding

/// The users that clients have shown Redis themselves, each with the password that Redis accepted, so that links of the
/// proxy can speak in their name. Kept in memory only, and never shown.
///
/// A number stands for one pair for good and is never given to another. There are so many pairs at a time; those that no client
/// has any more make room, and those of the configuration (`user=` in `http.acl`) have places of their own.
struct ClientIdentities {
    private struct Identity {
        let number: Int
        let user: [UInt8]?
        let password: Secret
        /// Clients that have shown it and are still there.
        var holderCount = 0
        /// As whom a client spoke before it showed this one.
        var introducer: Int?
        /// Whether links are introduced by that one: this one may not choose the database.
        var isIntroduced = false
        var isConfigured: Bool
    }

    /// The one shown longest ago stands first.
    private var identities: [Identity] = []
    private var lastNumber = 0
    private let countMax: Int
    /// What the proxy itself shows to Redis: identity 0.
    private var own: (user: [UInt8]?, password: Secret?)

    init(own user: [UInt8]?, _ password: [UInt8]?, countMax: Int) {
        own = (user, password.map(Secret.init))
        self.countMax = countMax
    }

    /// The proxy's own user and password have been changed.
    mutating func change(own user: [UInt8]?, _ password: [UInt8]?) { own = (user, password.map(Secret.init)) }

    /// The number that stands for a pair, and the one that had to make room for it; nil when clients have as many as there may be.
    ///
    /// - Parameter isConfigured: whether the pair is one of the configuration.
    mutating func number(user: [UInt8]?, password: [UInt8], isConfigured: Bool) -> (number: Int, forgotten: Int?)? {
        if Self.isSame(user, own.user), own.password?.matches(password.span) == true { return (0, nil) }
        for index in identities.indices where Self.isSame(user, identities[index].user) && identities[index].password.matches(password.span) {
            if isConfigured { identities[index].isConfigured = true }
            return (identities[index].number, nil)
        }
        var forgotten: Int?
        if !isConfigured, identities.count(where: { !$0.isConfigured }) >= countMax {
            guard let unused = identities.firstIndex(where: { $0.holderCount == 0 && !$0.isConfigured }) else { return nil }
            forgotten = identities.remove(at: unused).number
        }
        lastNumber += 1
        identities.append(Identity(number: lastNumber, user: user, password: Secret(password), isConfigured: isConfigured))
        return (lastNumber, forgotten)
    }

    /// A client that has spoken as `introducer` has shown the pair of this number.
    mutating func note(_ introducer: Int, before number: Int) {
        guard introducer != number, let index = identities.firstIndex(where: { $0.number == number }), !identities[index].isIntroduced else { return }
        identities[index].introducer = introducer
    }

    /// The user may not do what links need before its clients' commands. True where somebody is known now who can do it for it.
    mutating func mustBeIntroduced(_ number: Int) -> Bool {
        guard let index = identities.firstIndex(where: { $0.number == number }), let introducer = identities[index].introducer, !identities[index].isIntroduced,
            credentials(of: introducer) != nil
        else { return false }
        identities[index].isIntroduced = true
        return true
    }

    /// Who introduces links of this identity; nil where they need nobody.
    func introducer(of number: Int) -> UpstreamHandshake.Client? {
        guard let identity = identities.first(where: { $0.number == number }), identity.isIntroduced else { return nil }
        return identity.introducer.flatMap { credentials(of: $0) }
    }

    /// A client has the identity from now on, or has it no more.
    mutating func changeHolders(of number: Int, by difference: Int) {
        guard let index = identities.firstIndex(where: { $0.number == number }) else { return }
        identities[index].holderCount += difference
    }

    /// Whether links may be made in this name.
    func isKnown(_ number: Int) -> Bool { number <= 0 || identities.contains { $0.number == number } }

    /// What a link of this identity shows to Redis once it is settled; nil for the proxy's own.
    func credentials(of number: Int) -> UpstreamHandshake.Client? {
        identities.first { $0.number == number }.map { UpstreamHandshake.Client(user: $0.user, password: $0.password.revealedBytes) }
    }

    /// AUTH without a user means the user `default`.
    private static func isSame(_ one: [UInt8]?, _ other: [UInt8]?) -> Bool {
        let byDefault = Array("default".utf8)
        return (one ?? byDefault) == (other ?? byDefault)
    }
}
