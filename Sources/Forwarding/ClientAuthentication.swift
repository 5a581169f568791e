import Access
import Bytes
import RESP

/// AUTH and HELLO … AUTH of a client, answered by the proxy with Redis's own words where it keeps a password of its own.
///
/// Sources: https://redis.io/docs/latest/commands/auth/ and https://redis.io/docs/latest/commands/hello/
public struct ClientAuthentication: Sendable {
    public enum Verdict: Sendable, Equatable {
        case accepted
        /// The HELLO without its credentials, to be sent on.
        case acceptedHello([[UInt8]])
        case refused([UInt8])
    }

    static let requestTooLong = Array("-ERR Protocol error: unauthenticated request is too long\r\n".utf8)
    static let required = Array("-NOAUTH Authentication required.\r\n".utf8)
    private static let wrongPassword = Array("-WRONGPASS invalid username-password pair or user is disabled.\r\n".utf8)
    private static let helloUnauthenticated = Array(
        ("-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> "
            + "<pass> option can be used to authenticate the client and select the RESP protocol version at the same time\r\n")
            .utf8)

    /// Whether a reply says that a password is missing or wrong.
    public static func isRefusal(_ reply: [UInt8]) -> Bool {
        reply.starts(with: "-NOAUTH".utf8) || reply.starts(with: "-WRONGPASS".utf8)
    }

    private let credentials: Credentials

    public init(_ credentials: Credentials) { self.credentials = credentials }

    /// `AUTH password` or `AUTH user password`.
    func auth(_ arguments: [[UInt8]]) -> Verdict {
        switch arguments.count {
        case 2: return verify(user: Array("default".utf8), password: arguments[1])
        case 3: return verify(user: arguments[1], password: arguments[2])
        case ..<2: return .refused(Array("-ERR wrong number of arguments for 'auth' command\r\n".utf8))
        default: return .refused(Array("-ERR syntax error\r\n".utf8))
        }
    }

    /// `HELLO [version [AUTH user password] [SETNAME name]]`.
    func hello(_ arguments: [[UInt8]], isAuthenticated: Bool) -> Verdict {
        // As in Redis the version is looked at first: with a wrong one nobody is authenticated.
        if arguments.count > 1 {
            let text = arguments[1]
            guard let version = Decimal.parse(text.span) else {
                return .refused(Array("-ERR Protocol version is not an integer or out of range\r\n".utf8))
            }
            guard version == 2 || version == 3 else {
                return .refused(Array("-NOPROTO unsupported protocol version\r\n".utf8))
            }
        }
        var kept = Array(arguments.prefix(2))
        var isAuthenticated = isAuthenticated
        var index = 2
        while index < arguments.count {
            let option = arguments[index]
            if ASCII.equalsIgnoringCase(option.span, "AUTH"), index + 2 < arguments.count {
                let verdict = verify(user: arguments[index + 1], password: arguments[index + 2])
                guard verdict == .accepted else { return verdict }
                isAuthenticated = true
                index += 3
            } else if ASCII.equalsIgnoringCase(option.span, "SETNAME"), index + 1 < arguments.count {
                kept += [option, arguments[index + 1]]
                index += 2
            } else {
                // What follows an unknown option may be a password, so the option alone is named, and printable.
                let shown = option.prefix(32).map { $0 >= 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
                return .refused(
                    Array("-ERR Syntax error in HELLO option '\(String(decoding: shown, as: UTF8.self))'\r\n".utf8))
            }
        }
        guard isAuthenticated else { return .refused(Self.helloUnauthenticated) }
        return .acceptedHello(kept)
    }

    private func verify(user: [UInt8], password: [UInt8]) -> Verdict {
        credentials.verify(user: user.span, password: password.span) ? .accepted : .refused(Self.wrongPassword)
    }
}
