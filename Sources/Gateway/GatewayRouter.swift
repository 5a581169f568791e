import Bytes
import HTTP1
import Rendering

/// What is to be done about a request.
package enum GatewayPlan: Sendable {
    /// Answer at once; Redis has no part in it.
    case respond(GatewayAnswer, ResponseFraming)
    /// Tell the client, which waits for it, to go on with its body (`100 Continue`, RFC 9110, section 10.1.1).
    case proceed
    /// Run the command, and show its reply with ``GatewayResponse``.
    case run(GatewayCommand)
}

/// Turns HTTP requests into commands, in Webdis's grammar.
///
/// | method | command |
/// |---|---|
/// | GET, HEAD | the path: `/SET/key/value`, `/7/GET/key.txt` |
/// | PUT | the path, and the body as one more argument |
/// | POST | the body, written like a path; the URL's own path is not looked at, its query is |
/// | OPTIONS | none |
package enum GatewayRouter {
    /// The plan for the request with this head, whose bytes are `bytes`, and this body, which must be whole.
    package static func plan(_ head: RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>) -> GatewayPlan {
        let framing = ResponseFraming(head)
        var command = GatewayCommand()
        command.framing = framing
        if let answer = read(head, in: bytes, body: body, into: &command) { return .respond(answer, framing) }
        return .run(command)
    }

    private static func read(
        _ head: RequestHead, in bytes: Span<UInt8>, body: Span<UInt8>, into command: inout GatewayCommand
    ) -> GatewayAnswer? {
        switch head.method {
        case .get, .head, .post, .put: break
        case .options: return .options
        case .delete, .patch: return methodNotAllowed
        case .other:
            let method = bytes.extracting(head.methodName)
            return isKnown(method) ? methodNotAllowed : GatewayAnswer(status: 501, message: "this method is not known here")
        }
        let targetBytes = bytes.extracting(head.target)
        guard let target = RequestTarget(targetBytes) else {
            return GatewayAnswer(status: 400, message: "the request target is neither a path nor a URL of this server")
        }
        let answer =
            switch head.method {
            // In the body, too, a question mark ends the path, but what follows says nothing.
            case .post:
                CommandPath.read(
                    body.extracting(first: ByteSearch.firstIndex(of: UInt8(ascii: "?"), in: body) ?? body.count),
                    body: nil, into: &command)
            // Without a declared body there is nothing to store; a declared empty one is the empty string.
            case .put: CommandPath.read(targetBytes.extracting(target.path), body: head.declaresBody ? body : nil, into: &command)
            default: CommandPath.read(targetBytes.extracting(target.path), body: nil, into: &command)
            }
        if let answer { return answer }
        if let answer = withheld(command) { return answer }
        if let value = head.ifNoneMatch { command.ifNoneMatch = copy(value, of: bytes) }
        return target.query.isEmpty ? nil : show(QueryParameters(target.query, in: targetBytes), in: targetBytes, into: &command)
    }

    private static func withheld(_ command: GatewayCommand) -> GatewayAnswer? {
        let arguments = command.arguments.span
        return WithheldCommand.answer(
            arguments.extracting(command.name), firstArgument: arguments.extracting(command.firstArgument ?? 0..<0))
    }

    private static func show(
        _ parameters: QueryParameters, in target: Span<UInt8>, into command: inout GatewayCommand
    ) -> GatewayAnswer? {
        if let type = parameters.type {
            command.format = .plainText
            command.contentType = copy(type, of: target)
        }
        if let separator = parameters.separator { command.separator = copy(separator, of: target) }
        if let filename = parameters.filename { command.filename = copy(filename, of: target) }
        if let callback = parameters.callback, command.format.renderer == .json {
            guard CallbackName.isValid(target.extracting(callback)) else {
                return GatewayAnswer(status: 400, message: "the JSONP callback is not a JavaScript name")
            }
            command.callback = copy(callback, of: target)
        }
        return nil
    }

    private static func copy(_ range: Range<Int>, of bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.append(bytes, in: range)
        return copy
    }

    private static var methodNotAllowed: GatewayAnswer {
        GatewayAnswer(status: 405, message: "commands are run with GET, HEAD, POST and PUT")
    }

    /// Methods that are registered or that Webdis knows; the rest is 501 (RFC 9110, section 15.6.2).
    private static func isKnown(_ method: Span<UInt8>) -> Bool {
        switch method.count {
        case 4: method.spells("COPY") || method.spells("LOCK") || method.spells("MOVE") || method.spells("LINK")
        case 5: method.spells("TRACE") || method.spells("MKCOL") || method.spells("MERGE") || method.spells("QUERY")
        case 6: method.spells("UNLOCK") || method.spells("REPORT") || method.spells("NOTIFY") || method.spells("SEARCH") || method.spells("UNLINK")
        case 7: method.spells("CONNECT")
        case 8: method.spells("PROPFIND") || method.spells("CHECKOUT") || method.spells("M-SEARCH")
        case 9: method.spells("PROPPATCH") || method.spells("SUBSCRIBE")
        case 10: method.spells("MKACTIVITY")
        case 11: method.spells("UNSUBSCRIBE")
        default: false
        }
    }
}
