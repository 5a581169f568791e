import Bytes
import RESP

/// What a command leaves behind on the server's side of the connection that it ran on.
package enum ConnectionEffect: Sendable, Equatable {
    /// Nothing: the next command may run on another connection.
    case none
    /// MULTI: until EXEC or DISCARD.
    case beginsTransaction
    /// WATCH: until EXEC, DISCARD or, outside MULTI, UNWATCH.
    case watches
    case unwatches
    case endsTransaction
    /// Something that stays: a database, a name, a protocol, a user, tracking; or the loss of them, or of the connection.
    case stays
    /// From here on replies do not match commands one to one: subscriptions, MONITOR, CLIENT REPLY, replication.
    case unmatchedReplies

    /// The effect of the command `name` with `second` as its second argument.
    package init(_ traits: CommandTraits, name: Span<UInt8>, second: Span<UInt8>) {
        func isNamed(_ word: StaticString) -> Bool { ASCII.equalsIgnoringCase(name, word) }
        guard traits.isKnown else {
            self = .stays
            return
        }
        // The first byte rules most commands out before any name is compared.
        switch name.count > 0 ? ASCII.uppercased(name[0]) : 0 {
        case UInt8(ascii: "M"):
            self = isNamed("MULTI") ? .beginsTransaction : isNamed("MONITOR") ? .unmatchedReplies : .none
        case UInt8(ascii: "W"): self = isNamed("WATCH") ? .watches : .none
        case UInt8(ascii: "E"): self = isNamed("EXEC") ? .endsTransaction : .none
        case UInt8(ascii: "D"): self = isNamed("DISCARD") ? .endsTransaction : .none
        case UInt8(ascii: "U"):
            self = isNamed("UNWATCH") ? .unwatches : isNamed("UNSUBSCRIBE") ? .unmatchedReplies : .none
        case UInt8(ascii: "P"):
            self = isNamed("PSUBSCRIBE") || isNamed("PUNSUBSCRIBE") || isNamed("PSYNC") ? .unmatchedReplies : .none
        case UInt8(ascii: "S"):
            if isNamed("SUBSCRIBE") || isNamed("SSUBSCRIBE") || isNamed("SUNSUBSCRIBE") || isNamed("SYNC") {
                self = .unmatchedReplies
            } else if isNamed("SELECT") || (isNamed("SCRIPT") && ASCII.equalsIgnoringCase(second, "DEBUG")) {
                self = .stays
            } else {
                self = .none
            }
        case UInt8(ascii: "A"): self = isNamed("AUTH") || isNamed("ASKING") ? .stays : .none
        case UInt8(ascii: "H"): self = isNamed("HELLO") ? .stays : .none
        case UInt8(ascii: "R"):
            self = isNamed("RESET") || isNamed("READONLY") || isNamed("READWRITE") || isNamed("REPLCONF") ? .stays : .none
        case UInt8(ascii: "Q"): self = isNamed("QUIT") ? .stays : .none
        case UInt8(ascii: "C"): self = isNamed("CLIENT") ? Self.ofClient(second) : .none
        default: self = .none
        }
    }

    private static func ofClient(_ subcommand: Span<UInt8>) -> ConnectionEffect {
        func isNamed(_ word: StaticString) -> Bool { ASCII.equalsIgnoringCase(subcommand, word) }
        if isNamed("REPLY") { return .unmatchedReplies }
        let asksOnly =
            isNamed("GETNAME") || isNamed("ID") || isNamed("INFO") || isNamed("LIST") || isNamed("KILL")
            || isNamed("PAUSE") || isNamed("UNPAUSE") || isNamed("UNBLOCK") || isNamed("GETREDIR")
            || isNamed("TRACKINGINFO") || isNamed("HELP")
        return asksOnly ? .none : .stays
    }
}
