import Bytes
import Forwarding
import RESP

/// What is told of clients that are refused.
extension RESPConnection {
    /// Bytes of a user's name that are logged.
    private static let userBytesMax = 64

    /// A client was told by `reply` that it has shown no password, or a wrong one.
    func noteRefusal(_ reply: [UInt8], of request: Span<UInt8>) {
        let words = reply.first == UInt8(ascii: "-") ? String(decoding: reply.dropFirst().prefix { $0 != ASCII.carriageReturn }, as: UTF8.self) : ""
        worker.refusedClient(socket, .resp, user: Self.user(in: request), String(words.prefix(Self.userBytesMax)))
    }

    /// The user that an AUTH, or a HELLO with AUTH, names; nil where it names none.
    private static func user(in request: Span<UInt8>) -> String? {
        guard request.count <= 4096, request.count > 0 else { return nil }
        let arguments = request[0] == UInt8(ascii: "*") ? RequestArguments.all(of: request) : InlineRequest.arguments(of: request) ?? []
        guard let name = arguments.first else { return nil }
        if ASCII.equalsIgnoringCase(name.span, "AUTH"), arguments.count == 3 { return shown(arguments[1]) }
        guard ASCII.equalsIgnoringCase(name.span, "HELLO"), let option = arguments.dropFirst(2).firstIndex(where: { ASCII.equalsIgnoringCase($0.span, "AUTH") }),
            option + 2 < arguments.count
        else { return nil }
        return shown(arguments[option + 1])
    }

    private static func shown(_ user: [UInt8]) -> String { String(decoding: user.prefix(userBytesMax), as: UTF8.self) }
}
