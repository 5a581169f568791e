import RESP

/// Why a sentinel or a Redis server is of no use to us, in words that name the setting to look at. Pure.
///
/// Most such troubles are mistakes of a configuration, and each server words them in its own way.
package enum TroubleCause {
    package enum Peer: String, Sendable {
        case sentinel
        case redis
    }

    /// What is known of how it was spoken to.
    package struct Manner: Sendable {
        package var showsPassword: Bool
        package var speaksTLS: Bool

        package init(showsPassword: Bool, speaksTLS: Bool) {
            self.showsPassword = showsPassword
            self.speaksTLS = speaksTLS
        }
    }

    /// The cause of `text`, which is an error of the peer or of the connection to it; nil where nothing is known of it.
    package static func words(_ text: String, of peer: Peer, _ manner: Manner) -> String? {
        let group = peer.rawValue
        let who = peer == .sentinel ? "the sentinel" : "Redis"
        return if let word = credentials(text, who, group, manner) {
            word
        } else if text.contains("protected mode") || text.hasPrefix("DENIED") {
            "\(who) is in protected mode, which serves its own machine alone: let it have a password, and set \(group).password"
        } else if text.hasPrefix("NOPERM") {
            "\(who) does not let \(group).user do what is needed (\(text)); the ACL that it needs stands in the README"
        } else if peer == .sentinel, text.hasPrefix("ERR unknown command") {
            "this is a Redis server and no sentinel: sentinel.addresses names sentinels, most of which listen at port 26379"
        } else {
            connection(text, who, group, manner)
        }
    }

    private static func credentials(_ text: String, _ who: String, _ group: String, _ manner: Manner) -> String? {
        if text.hasPrefix("WRONGPASS") || text.hasPrefix("ERR invalid password") {
            return "\(who) refuses the password: see \(group).user and \(group).password"
        }
        if text.hasPrefix("NOAUTH") || text.contains("unauthenticated") {
            return manner.showsPassword ? "\(who) refuses the password: see \(group).user and \(group).password" : "\(who) wants a password: set \(group).password"
        }
        guard NeedlessPassword.isMeant(by: text) else { return nil }
        return "\(who) has no password, so \(group).password is not needed"
    }

    private static func connection(_ text: String, _ who: String, _ group: String, _ manner: Manner) -> String? {
        let text = text.lowercased()
        if text.contains("certificate") { return "the certificate of \(who == "Redis" ? "Redis" : "the sentinel") is not trusted: see \(group).tls_ca and \(group).tls_server_name" }
        if text.contains("wrong version number") || text.contains("packet length too long") || text.contains("unexpected message") {
            return "\(who) does not speak TLS at this port: see \(group).tls"
        }
        if text.contains("connection refused") { return "nobody listens there: see \(group == "sentinel" ? "sentinel.addresses" : "upstream")" }
        if text.contains("name or service not known") || text.contains("no address associated") || text.contains("temporary failure in name resolution") {
            return "the name is not known here: see \(group == "sentinel" ? "sentinel.addresses" : "upstream")"
        }
        if manner.speaksTLS, text.contains("timed out") || text.contains("no answer in time") {
            return "\(who) does not answer; where it does not speak TLS at this port, see \(group).tls"
        }
        guard !manner.speaksTLS, text.contains("tls") || text.hasPrefix("unreadable reply") else { return nil }
        return "\(who) may want TLS: see \(group).tls"
    }

    /// Whether `text` only says that a connection has ended, as it does behind a refusal.
    package static func isConsequence(_ text: String) -> Bool {
        text.hasPrefix("closed by") || text.hasPrefix("ERR Protocol error: unauthenticated") || text.hasPrefix("NOAUTH") || text.contains("reset by peer")
    }

    /// Most names that are told.
    private static let namesMax = 10

    /// What is told where the sentinels monitor no master of this name.
    package static func unknownMaster(_ name: String, known: [String]) -> String {
        let names = known.isEmpty ? "none" : known.prefix(namesMax).joined(separator: ", ") + (known.count > namesMax ? " and \(known.count - namesMax) more" : "")
        return "the sentinels know no master \(name); they know: \(names); see sentinel.master_names"
    }
}
