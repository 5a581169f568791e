import Access
import Bytes
import RESP

/// What a client may run that is confined to certain keys or databases: only what is known to touch no others.
///
/// | command | runs |
/// |---|---|
/// | names its keys in the table, and reaches no other key or database | if all its keys are allowed |
/// | PING, ECHO, TIME and others that name no key and no data, SCRIPT LOAD and EXISTS | yes |
/// | PUBLISH, SPUBLISH, SUBSCRIBE, PSUBSCRIBE | yes, but for channels that tell of keys |
/// | COPY with DB, MOVE | no |
/// | everything else: scripts, functions, KEYS, SCAN, FLUSHALL, SORT, MIGRATE, unknown commands | no |
enum ConfinedCommand {
    private static let harmless: [StaticString] = ["PING", "ECHO", "TIME", "LASTSAVE", "LOLWUT", "COMMAND"]

    /// Whether `request`, a whole array of bulk strings whose name stands at `name`, touches nothing outside of `restriction` when it
    /// is run in `database`.
    static func isWithin(_ restriction: AccessRestriction, _ request: Span<UInt8>, name: Range<Int>, database: Int) -> Bool {
        guard restriction.allows(database: database) else { return false }
        let word = request.extracting(name)
        if harmless.contains(where: { ASCII.equalsIgnoringCase(word, $0) }) { return true }
        if ASCII.equalsIgnoringCase(word, "SCRIPT") { return isOnlyKept(request) }
        if ASCII.equalsIgnoringCase(word, "PUBLISH") || ASCII.equalsIgnoringCase(word, "SPUBLISH") { return true }
        if let subscription = SubscriptionCommand(word) { return !tellsOfKeys(subscription, request) }
        if ScriptCommand.isNamed(word) || ASCII.equalsIgnoringCase(word, "MOVE") { return false }
        if ASCII.equalsIgnoringCase(word, "COPY"), !isPlainCopy(request) { return false }
        // Where nobody can tell which keys a command names, it might name any; one that names none may be about all of them.
        guard let keys = CommandKeys.all(of: request), !keys.isEmpty else { return false }
        for key in keys where !restriction.allows(key: request.extracting(key)) { return false }
        return true
    }

    /// SCRIPT LOAD and SCRIPT EXISTS, which run nothing.
    private static func isOnlyKept(_ request: Span<UInt8>) -> Bool {
        let arguments = RequestArguments.all(of: request)
        return arguments.count > 1 && (ASCII.equalsIgnoringCase(arguments[1], "LOAD") || ASCII.equalsIgnoringCase(arguments[1], "EXISTS"))
    }

    /// COPY without any option but REPLACE.
    private static func isPlainCopy(_ request: Span<UInt8>) -> Bool {
        RequestArguments.all(of: request).dropFirst(3).allSatisfy { ASCII.equalsIgnoringCase($0, "REPLACE") }
    }

    /// Redis publishes there what becomes of which keys, in all databases.
    /// Source: https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/
    private static let keyChannels = Array("__key".utf8)

    private static func tellsOfKeys(_ subscription: SubscriptionCommand, _ request: Span<UInt8>) -> Bool {
        guard subscription.isSubscribe else { return false }
        return RequestArguments.all(of: request).dropFirst().contains { name in
            guard subscription.isPattern else { return name.starts(with: keyChannels) }
            // Up to its first special byte a pattern matches itself alone.
            let literal = name.prefix { !Array("*?[\\".utf8).contains($0) }
            return literal.count == name.count ? name.starts(with: keyChannels) : zip(literal, keyChannels).allSatisfy { $0 == $1 }
        }
    }
}
