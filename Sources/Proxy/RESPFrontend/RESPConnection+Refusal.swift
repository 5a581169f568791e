import Bytes
import Forwarding
import RESP

/// What is told of clients that are refused.
extension RESPConnection {
    /// Bytes of a refusal's words that are logged.
    private static let reasonBytesMax = 64

    /// A client was told by `reply` that it has shown no password, or a wrong one.
    func noteRefusal(_ reply: [UInt8], of request: Span<UInt8>) {
        let words = reply.first == UInt8(ascii: "-") ? String(decoding: reply.dropFirst().prefix { $0 != ASCII.carriageReturn }, as: UTF8.self) : ""
        worker.refusedClient(socket, .resp, user: Self.user(in: request), String(words.prefix(Self.reasonBytesMax)))
    }

    /// Redis has not taken a login that the client has sent it.
    func noteRefusalByRedis(user: [UInt8]?) {
        worker.counters.authenticationFailures += 1
        worker.refusedClient(socket, .resp, user: user, "refused by Redis")
    }

    /// The user that an AUTH, or a HELLO with AUTH, names; nil where it names none.
    private static func user(in request: Span<UInt8>) -> [UInt8]? {
        guard request.count <= 4096, request.count > 0 else { return nil }
        let arguments = request[0] == UInt8(ascii: "*") ? RequestArguments.all(of: request) : InlineRequest.arguments(of: request) ?? []
        guard let name = arguments.first else { return nil }
        if ASCII.equalsIgnoringCase(name.span, "AUTH"), arguments.count == 3 { return arguments[1] }
        guard ASCII.equalsIgnoringCase(name.span, "HELLO"), let option = arguments.dropFirst(2).firstIndex(where: { ASCII.equalsIgnoringCase($0.span, "AUTH") }),
            option + 2 < arguments.count
        else { return nil }
        return arguments[option + 1]
    }
}
