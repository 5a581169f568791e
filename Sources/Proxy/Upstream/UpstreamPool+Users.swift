import Forwarding
import RESP

/// What a pool knows of users and of the server.
extension UpstreamPool {
    /// The number of a pair of user and password that Redis has accepted; nil when there are too many.
    func identity(user: [UInt8]?, password: [UInt8], isConfigured: Bool = false) -> Int? {
        guard let (number, forgotten) = identities.number(user: user, password: password, isConfigured: isConfigured) else { return nil }
        if let forgotten { dropGroups(of: forgotten) }
        return number
    }

    /// A client has the identity `new` from now on instead of `old`.
    func identityChanged(from old: Int, to new: Int) {
        guard old != new else { return }
        identities.changeHolders(of: old, by: -1)
        identities.changeHolders(of: new, by: 1)
    }

    private func dropGroups(of identity: Int) {
        for group in groups where group.state.identity == identity { for link in group.links { link?.release() } }
        groups.removeAll { $0.state.identity == identity }
    }

    /// The server does not speak with who has shown no password.
    func learnedToShowPassword() { demandsPassword = true }

    func learned(_ facts: ReplyValue, protocolVersion: Int) { self.facts[protocolVersion] = facts }

    /// What the server says of itself; nil where it does not know HELLO.
    func facts(protocolVersion: Int) -> ReplyValue? { facts[protocolVersion] }

    /// `link` failed to settle; true when that is Redis's answer to those who want such a link.
    func refused(_ link: SharedLink, _ failure: HandshakeFailure) -> Bool {
        let text: String
        switch failure {
        case .refused(let words): text = words
        // The proxy's own credentials are for its owner to mend; a client's are the client's.
        case .authentication(let words) where link.state.identity != 0: text = words
        case .authentication where settings.tellsOfRefusedPassword: text = "NOAUTH Authentication required."
        default: return false
        }
        let wanted = link.state.shared
        guard let index = groups.firstIndex(where: { $0.state == wanted }) else { return false }
        groups[index].refusal = (text, loop.nowMilliseconds)
        return true
    }
}
