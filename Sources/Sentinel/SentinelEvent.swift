import Bytes

/// A message of a sentinel's event channels. It is a reason to ask, never the answer.
///
/// Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ ("Pub/Sub messages").
package struct SentinelEvent: Sendable, Hashable {
    /// The channel, which is the event's name: `+switch-master`, `+odown`, …
    package let name: String
    /// The message as it came.
    package let details: String
    /// The master it concerns; nil for events of the sentinel as a whole, such as `+tilt`.
    package let masterName: String?

    /// Every channel that tells of a failover, of a server's or sentinel's state, or of the set of them.
    package static let channels = [
        "+switch-master", "+sdown", "-sdown", "+odown", "-odown", "+new-epoch", "+try-failover", "+elected-leader",
        "+vote-for-leader", "+failover-state-select-slave", "+selected-slave", "+failover-state-send-slaveof-noone",
        "+failover-state-wait-promotion", "+promoted-slave", "+failover-state-reconf-slaves", "+slave-reconf-sent",
        "+slave-reconf-inprog", "+slave-reconf-done", "+failover-detected", "+failover-end", "+failover-end-for-timeout",
        "-failover-abort-not-elected", "-failover-abort-no-good-slave", "-failover-abort-slave-timeout",
        "-failover-abort-master-is-back", "+config-update-from", "+slave", "+convert-to-slave", "+convert-to-master",
        "+fix-slave-config", "+role-change", "-role-change", "+demote-old-slaves", "+sentinel", "+sentinel-address-switch",
        "+sentinel-invalid-addr", "-dup-sentinel", "+reset-master", "+monitor", "-monitor", "+set", "+reboot", "+tilt",
        "-tilt",
    ]

    /// Characters of a message that are kept; a sentinel's own are shorter.
    private static let detailsMax = 512

    package init(channel: String, payload: String) {
        let payload = String(payload.prefix(Self.detailsMax))
        name = channel
        details = payload
        let words = payload.split(separator: " ")
        if channel == "+switch-master" {
            masterName = words.first.map(String.init)
        } else if let at = words.firstIndex(of: "@"), at + 1 < words.count {
            masterName = String(words[at + 1])
        } else if words.count >= 2, words[0] == "master" {
            masterName = String(words[1])
        } else {
            masterName = nil
        }
    }

    /// The address of the master that it concerns, as `host:port`, where it tells one: of a switch the one that is left.
    package var masterAddress: String? {
        let words = details.split(separator: " ")
        if name == "+switch-master" {
            return words.count >= 3 ? Endpoint(host: String(words[1]), port: UInt16(words[2]) ?? 0).description : nil
        }
        guard let at = words.firstIndex(of: "@"), at + 3 < words.count else { return nil }
        return Endpoint(host: String(words[at + 2]), port: UInt16(words[at + 3]) ?? 0).description
    }

    /// Whether it tells that the master is in trouble, or being changed.
    package var isSignOfTrouble: Bool {
        switch name {
        case "+odown", "+try-failover", "+elected-leader", "+failover-state-select-slave", "+selected-slave", "+failover-state-send-slaveof-noone",
            "+failover-state-wait-promotion", "+promoted-slave", "+failover-detected", "+switch-master", "+config-update-from":
            true
        case "+sdown", "+role-change", "-role-change", "+reboot": details.hasPrefix("master ")
        default: false
        }
    }
}
