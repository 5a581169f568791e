import Bytes
import RESP

/// Commands that make no sense in a request of their own, or that would break the order of replies for everyone else
/// behind the same upstream connection.
enum WithheldCommand {
    /// Why `name` is not offered; nil if it is. `firstArgument` is looked at for commands with subcommands.
    static func answer(_ name: Span<UInt8>, firstArgument: Span<UInt8>) -> GatewayAnswer? {
        func isNamed(_ word: StaticString) -> Bool { ASCII.equalsIgnoringCase(name, word) }
        var isConnectionBound = false
        let isWithheld: Bool
        switch name.count {
        case 4: (isWithheld, isConnectionBound) = (isNamed("SYNC"), isNamed("EXEC"))
        case 5: (isWithheld, isConnectionBound) = (isNamed("PSYNC"), isNamed("MULTI") || isNamed("WATCH"))
        case 6:
            // What the server sends afterwards has nowhere to go, or goes to a connection of somebody else's.
            isWithheld = isNamed("SCRIPT") && ASCII.equalsIgnoringCase(firstArgument, "DEBUG")
                || isNamed("CLIENT") && (ASCII.equalsIgnoringCase(firstArgument, "REPLY") || ASCII.equalsIgnoringCase(firstArgument, "TRACKING"))
            isConnectionBound = isNamed("SELECT")
        case 7: (isWithheld, isConnectionBound) = (isNamed("MONITOR"), isNamed("DISCARD"))
        case 8: isWithheld = isNamed("REPLCONF")
        case 10: isWithheld = isNamed("SSUBSCRIBE")
        case 11: isWithheld = isNamed("UNSUBSCRIBE")
        case 12: isWithheld = isNamed("PUNSUBSCRIBE") || isNamed("SUNSUBSCRIBE")
        default: return nil
        }
        if isWithheld {
            // They answer with none or with many replies.
            return GatewayAnswer(status: 501, message: "this command is not offered over HTTP")
        }
        // Webdis refuses these whatever its access list says: they need one connection for several requests.
        return isConnectionBound ? needsConnection : nil
    }

    /// Whether a command named `name` is not put into a transaction that has begun, but run at once, or leaves it: what stands behind
    /// it would run outside, and behind RESET in another user's name.
    static func leavesTransaction(_ name: Span<UInt8>) -> Bool {
        switch name.count {
        case 4: ASCII.equalsIgnoringCase(name, "QUIT")
        case 5: ASCII.equalsIgnoringCase(name, "RESET") || ASCII.equalsIgnoringCase(name, "HELLO")
        case 9: ASCII.equalsIgnoringCase(name, "SUBSCRIBE")
        case 10: ASCII.equalsIgnoringCase(name, "PSUBSCRIBE")
        default: false
        }
    }

    static let notInTransaction = GatewayAnswer(status: 403, message: "this command cannot stand in a transaction")

    static let needsConnection = GatewayAnswer(status: 403, message: "this command needs a connection of its own and is not allowed over HTTP")

    /// Whether a command named `name` logs in at Redis: it would only serve to try passwords, since no later request has the login.
    static func isLogin(_ name: Span<UInt8>, _ request: Span<UInt8>) -> Bool {
        switch name.count {
        case 4: ASCII.equalsIgnoringCase(name, "AUTH")
        case 5: ASCII.equalsIgnoringCase(name, "HELLO") && hasLoginOption(request)
        default: false
        }
    }

    /// Whether `AUTH`, as Redis reads it, up to a zero byte, stands behind the version of a HELLO.
    private static func hasLoginOption(_ request: Span<UInt8>) -> Bool {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: request) else { return false }
        for index in 0..<count {
            guard case .bulkString(let range)? = reader.next(in: request) else { return false }
            let word = request.extracting(range)
            if index >= 2, ASCII.equalsIgnoringCase(word.extracting(0..<(ByteSearch.firstIndex(of: 0, in: word) ?? word.count)), "AUTH") { return true }
        }
        return false
    }
}
