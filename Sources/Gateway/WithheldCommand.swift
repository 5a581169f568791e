import Bytes

/// Commands that make no sense in a request of their own, or that would break the order of replies for everyone else
/// behind the same upstream connection.
enum WithheldCommand {
    /// Why `name` is not offered; nil if it is. `firstArgument` is looked at for commands with subcommands.
    static func answer(_ name: Span<UInt8>, firstArgument: Span<UInt8>) -> GatewayAnswer? {
        func isNamed(_ word: StaticString) -> Bool { ASCII.equalsIgnoringCase(name, word) }
        let isWithheld =
            switch name.count {
            case 4: isNamed("SYNC")
            case 5: isNamed("PSYNC")
            case 6: isNamed("CLIENT") && ASCII.equalsIgnoringCase(firstArgument, "REPLY")
            case 7: isNamed("MONITOR")
            case 8: isNamed("REPLCONF")
            case 10: isNamed("SSUBSCRIBE")
            case 11: isNamed("UNSUBSCRIBE")
            case 12: isNamed("PUNSUBSCRIBE") || isNamed("SUNSUBSCRIBE")
            default: false
            }
        if isWithheld {
            // They answer with none or with many replies.
            return GatewayAnswer(status: 501, message: "this command is not offered over HTTP")
        }
        // Webdis refuses these whatever its access list says: they need one connection for several requests.
        if isNamed("MULTI") || isNamed("EXEC") || isNamed("WATCH") || isNamed("DISCARD") || isNamed("SELECT") {
            return GatewayAnswer(status: 403, message: "this command needs a connection of its own and is not allowed over HTTP")
        }
        return nil
    }
}
