import Bytes
import HTTP1

/// A response that needs no reply of Redis: a refusal or a failure, with a reason that a program can read.
///
/// The body of every one but ``options`` is `{"error":{"status":403,"message":"…"}}`; these two members stay, and the
/// messages are for people. Where Webdis answers with the same status and an empty body, only the body differs.
package struct GatewayAnswer: Sendable, CustomStringConvertible {
    package let status: Int
    /// The message of the JSON body; empty for a response without a body.
    package let message: StaticString
    /// Whole field lines that belong to this status.
    private let fields: StaticString

    package init(status: Int, message: StaticString) { self.init(status: status, message: message, fields: "") }

    /// The answer to a request that is not HTTP as it should be. The connection has to be closed after it.
    package init(_ problem: HTTPProblem) { self.init(status: problem.status, message: problem.message) }

    private init(status: Int, message: StaticString, fields: StaticString) {
        self.status = status
        self.message = message
        self.fields = fields
    }

    package var description: String { "\(status) \(message)" }

    /// 200 to OPTIONS on any target: what a browser asks before it sends the real request.
    package static let options = GatewayAnswer(status: 200, message: "", fields: "Content-Type: text/html\r\n")
    /// 401: no credentials, or wrong ones.
    package static let unauthorized = GatewayAnswer(
        status: 401, message: "a user name and password are required",
        fields: "WWW-Authenticate: Basic realm=\"mastergate\", charset=\"UTF-8\"\r\n")
    /// 403: the client may not run this command, or may not connect at all.
    package static let forbidden = GatewayAnswer(status: 403, message: "this is not allowed here")
    /// 408: the request did not arrive in time.
    package static let requestTimeout = GatewayAnswer(status: 408, message: "the request took too long to arrive")
    /// 413: see ``HTTPLimits/bodyBytesMax``.
    package static let bodyTooLarge = GatewayAnswer(.bodyTooLarge)
    /// 431: see ``HTTPLimits/headBytesMax``.
    package static let headTooLarge = GatewayAnswer(status: 431, message: "the request's headers are too large")
    /// 502: what the upstream sent cannot be shown in the format asked for.
    package static let unrenderable = GatewayAnswer(status: 502, message: "the reply cannot be shown in this format")
    /// 503: nothing was sent to Redis, so the request may be repeated.
    package static let masterUnavailable = GatewayAnswer(
        status: 503, message: "there is no master at the moment; the command was not run", fields: "Retry-After: 1\r\n")
    /// 504: the command was sent and no reply came, so it may have been run.
    package static let outcomeUnknown = GatewayAnswer(
        status: 504, message: "the connection to the master was lost; whether the command was run is unknown")

    /// Appends the whole response.
    package func append(_ framing: ResponseFraming, to output: inout [UInt8]) {
        framing.appendStart(status, to: &output)
        output.append(fields)
        guard message.utf8CodeUnitCount > 0 else {
            framing.appendConnection(to: &output)
            output.append("Content-Length: 0\r\n\r\n" as StaticString)
            return
        }
        output.append("Content-Type: application/json\r\n" as StaticString)
        framing.appendConnection(to: &output)
        let length = ContentLengthField(expecting: message.utf8CodeUnitCount + 40, in: &output)
        output.append("{\"error\":{\"status\":" as StaticString)
        Decimal.append(status, to: &output)
        output.append(",\"message\":\"" as StaticString)
        // Our own texts: no byte of them needs an escape.
        output.append(message)
        output.append("\"}}" as StaticString)
        length.close(keepingBody: !framing.omitsBody, in: &output)
    }
}
