import Bytes
import RESP

/// A request that no client may make, whoever it is: it would reach past the client's own connection.
///
/// | request | why |
/// |---|---|
/// | PUBLISH, SPUBLISH to `__sentinel__:hello` | sentinels believe what they hear there: it moves the master |
/// | CLIENT TRACKING … REDIRECT to a link that no client has been told of | messages would reach who has that link |
/// | SCRIPT DEBUG YES | Redis 7 forks for it, and what the fork writes has been seen on other clients' connections |
/// | SCAN and its like with a cursor from elsewhere, in a transaction or while messages come | it may be another server's, unseen |
/// | any of these in disguise (``CommandWord``) | the same |
///
/// Sources: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ and
/// https://redis.io/docs/latest/commands/client-tracking/
enum RefusedRequest: Equatable {
    case sentinelHello
    case redirect
    case forkingDebugger
    /// A word of CLIENT TRACKING may be read otherwise than it looks.
    case unclearTracking
    /// A marked cursor (``ScanCursor``) in a transaction, or of a client that is sent messages: it could not be told whose it is.
    case cursor

    /// Why `request` is not sent; nil where it may be.
    static func refusal(_ request: ClientRequest, toldIDs: ToldClientIDs) -> RefusedRequest? {
        switch request.kind {
        case .sentinelHello: .sentinelHello
        case .clientTracking: refusal(ofTracking: request.arguments, toldIDs)
        case .scriptDebug: says("YES", request.arguments) ? .forkingDebugger : nil
        case .disguised: refusal(ofDisguised: request.arguments)
        default: nil
        }
    }

    private static func says(_ word: StaticString, _ arguments: [[UInt8]]) -> Bool {
        for argument in arguments where CommandWord.equals(argument.span, word) { return true }
        return false
    }

    private static func refusal(ofTracking arguments: [[UInt8]], _ toldIDs: ToldClientIDs) -> RefusedRequest? {
        var index = 2
        while index < arguments.count {
            let word = arguments[index]
            guard CommandWord.isPlain(word.span) else { return .unclearTracking }
            if ASCII.equalsIgnoringCase(word, "PREFIX") {
                index += 1
            } else if ASCII.equalsIgnoringCase(word, "REDIRECT") {
                index += 1
                // What is no number Redis refuses, in its own words.
                if index < arguments.count, let id = number(arguments[index]), !toldIDs.contains(id) { return .redirect }
            }
            index += 1
        }
        return nil
    }

    /// As Redis reads a number, 0 excepted, which stands for no redirection.
    private static func number(_ text: [UInt8]) -> Int? {
        guard let value = Decimal.parse(text.span), value != 0 else { return nil }
        return Int(value)
    }

    private static func refusal(ofDisguised arguments: [[UInt8]]) -> RefusedRequest? {
        guard !arguments.isEmpty else { return nil }
        for argument in arguments {
            if argument.span.spells(SentinelChannel.hello) { return .sentinelHello }
            if CommandWord.equals(argument.span, "REDIRECT") { return .redirect }
        }
        let name = arguments[0]
        if CommandWord.equals(name.span, "SCRIPT") { return .forkingDebugger }
        return nil
    }

    private var reason: StaticString {
        switch self {
        case .sentinelHello: "__sentinel__:hello is the channel of the sentinels; no client may publish to it"
        case .redirect: "The client ID you want redirect to does not exist, or is not that of a client that has asked for it here by CLIENT ID"
        case .forkingDebugger: "SCRIPT DEBUG YES forks Redis, and what the fork writes reaches others; use SYNC, or connect to Redis itself"
        case .cursor: "this cursor cannot be used in a transaction, nor while the client is sent messages; start again at 0"
        case .unclearTracking: "an option of CLIENT TRACKING holds a byte that no option has"
        }
    }

    /// What the client is told.
    var reply: [UInt8] {
        let word: StaticString = self == .sentinelHello ? "-NOPERM " : "-ERR "
        return Array("\(word)\(reason)\r\n".utf8)
    }

    /// What goes to Redis in its place within a transaction: a command that there is not, so that Redis refuses it, tells why, and
    /// lets EXEC abort.
    var standIn: [UInt8] { CommandWriter.encode("REFUSED-BY-MASTERGATE", reason.description) }
}
