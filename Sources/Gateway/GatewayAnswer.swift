import Bytes
import HTTP1

/// A response that needs no reply of Redis: a refusal or a failure, with a reason that a program can read.
///
/// The body of every one but ``options`` is `{"error":{"status":403,"message":"…"}}`; these two members stay, and the
/// messages are for people. Where Webdis answers with the same status and an empty body, only the body differs.
public struct GatewayAnswer: Sendable, CustomStringConvertible {
    public let status: Int
    /// The message of the JSON body; empty for a response without a body.
    public let message: StaticString
    /// Whole field lines that belong to this status.
    private let fields: StaticString
    /// A body that is no error's.
    private let content: (type: StaticString, body: StaticString)?

    public init(status: Int, message: StaticString) { self.init(status: status, message: message, fields: "") }

    /// The answer to a request that is not HTTP as it should be. The connection has to be closed after it.
    public init(_ problem: HTTPProblem) { self.init(status: problem.status, message: problem.message) }

    /// Whether it tells a browser what pages of other origins may ask (https://fetch.spec.whatwg.org/#cors-preflight-fetch).
    private let isPreflight: Bool

    private init(
        status: Int, message: StaticString, fields: StaticString, isPreflight: Bool = false, content: (type: StaticString, body: StaticString)? = nil
    ) {
        self.isPreflight = isPreflight
        self.status = status
        self.message = message
        self.fields = fields
        self.content = content
    }

    /// What a WebSocket client is told: in webdis mode the status in words, as Webdis has it.
    func webSocketText(_ rules: GatewayRules) -> StaticString { rules.isWebdis ? HTTPStatus.reason(webSocketStatus(rules)) : message }

    func webSocketStatus(_ rules: GatewayRules) -> Int { rules.isWebdis && status == 501 ? 403 : rules.isWebdis ? webdisStatus : status }

    /// Whether Webdis closes the connection behind it: what is 400 there is no HTTP to it.
    func endsConnection(_ rules: GatewayRules) -> Bool { rules.isWebdis && webdisStatus == 400 }

    /// What Webdis's clients know for the same: it has one code for what is no HTTP, and no 401.
    private var webdisStatus: Int {
        switch status {
        case 401, 421: 403
        case 414, 431, 501, 505: 400
        default: status
        }
    }

    public var description: String { "\(status) \(message)" }

    /// Whether the client was refused: it has not shown who it is, or may not do what it asks for, or calls this server by another's name.
    public var refusesClient: Bool { status == 401 || status == 403 || status == 421 }

    /// The name that a client has shown who was refused, for the log; foreign text, and nil where it has shown none.
    public private(set) var user: [UInt8]?

    /// The same answer, to a client who has shown this name.
    func naming(_ user: [UInt8]?) -> GatewayAnswer {
        guard refusesClient else { return self }
        var answer = self
        answer.user = user
        return answer
    }

    /// The same answer, to who has sent the request with this head.
    func naming(_ head: RequestHead, in bytes: Span<UInt8>) -> GatewayAnswer {
        guard refusesClient, user == nil, let value = head.authorization else { return self }
        return naming(BasicCredentials(authorization: bytes.extracting(value)).map { Array($0.user) })
    }

    /// 200 to OPTIONS on any target: what a browser asks before it sends the real request.
    public static let options = GatewayAnswer(status: 200, message: "", fields: "Content-Type: text/html\r\n", isPreflight: true)
    /// What Flash asks for before it connects to another server; Webdis lets everyone.
    public static let crossDomainPolicy = GatewayAnswer(
        status: 200, message: "", fields: "",
        content: (
            "application/xml",
            """
            <?xml version="1.0"?>
            <!DOCTYPE cross-domain-policy SYSTEM "http://www.macromedia.com/xml/dtds/cross-domain-policy.dtd">
            <cross-domain-policy>
            <allow-access-from domain="*" />
            </cross-domain-policy>

            """
        ))
    /// 421: the request names a host that this server is not (DNS rebinding).
    public static let misdirected = GatewayAnswer(status: 421, message: "this server does not go by that name; see http.hosts")
    /// 426: see ``WebSocketHandshake``.
    static let webSocketVersion = GatewayAnswer(
        status: 426, message: "only version 13 of WebSocket is spoken here", fields: "Sec-WebSocket-Version: 13\r\n")
    /// 400: a word by which commands are told apart might be another to Redis (``CommandWords``).
    static let unreadableWord = GatewayAnswer(
        status: 400, message: "a command, subcommand or option holds a byte that is no visible ASCII")
    /// 403: see ``HelloChannel``.
    static let helloChannel = GatewayAnswer(
        status: 403, message: "nobody may publish on the channel by which sentinels say who is the master")
    /// 403: see ``OriginRules``.
    static let foreignPage = GatewayAnswer(status: 403, message: "pages of this origin may not use this server; see http.cors_origins")
    /// 502: a rule has commands run in the name of a Redis user, and Redis refuses it.
    public static let redisUserRefused = GatewayAnswer(
        status: 502, message: "Redis refuses the user and password that http.acl gives to this login; the command was not run")
    /// 503: commands run in the names of too many Redis users.
    public static let tooManyRedisUsers = GatewayAnswer(status: 503, message: "there are too many users of Redis; the command was not run")
    /// 401: a token that opens nothing.
    static let wrongToken = GatewayAnswer(status: 401, message: "Unauthorized", fields: "WWW-Authenticate: Bearer\r\n")
    /// 401: who asks for a token shows a password that is none.
    static let wrongPassword = GatewayAnswer(status: 401, message: "WRONGPASS wrong password, or this user has no token here")
    /// 400, as Upstash has it: the token may only read.
    static let readOnlyToken = GatewayAnswer(status: 400, message: "NOPERM this token may only run commands that change nothing")
    /// 405: a method that runs no command.
    public static let methodNotAllowed = GatewayAnswer(
        status: 405, message: "commands are run with GET, HEAD, POST and PUT", fields: "Allow: GET, HEAD, POST, PUT, OPTIONS\r\n")
    /// 501: a method that nobody knows.
    public static let unknownMethod = GatewayAnswer(status: 501, message: "this method is not known here")
    /// 405 to GET, where it may only read.
    public static let readOnlyMethod = GatewayAnswer(
        status: 405, message: "this command may change something and needs POST or PUT", fields: "Allow: POST, PUT\r\n")
    /// 401: no credentials, or wrong ones.
    public static let unauthorized = GatewayAnswer(
        status: 401, message: "a user name and password are required",
        fields: "WWW-Authenticate: Basic realm=\"mastergate\", charset=\"UTF-8\"\r\n")
    /// 403: the client may not run this command, or may not connect at all.
    public static let forbidden = GatewayAnswer(status: 403, message: "this is not allowed here")
    /// 404: see ``BrowserFile``.
    static let noFile = GatewayAnswer(status: 404, message: "there is no such file here")
    /// 404: see ``BasePath``.
    static let notBelowBasePath = GatewayAnswer(status: 404, message: "everything here is below http.base_path")
    /// 200 and 503: see ``HealthQuestion``.
    public static let alive = GatewayAnswer(status: 200, message: "", fields: "", content: ("text/plain; charset=utf-8", "ok\n"))
    public static let ready = GatewayAnswer(status: 200, message: "", fields: "", content: ("text/plain; charset=utf-8", "ready\n"))
    public static let notReady = GatewayAnswer(status: 503, message: "", fields: "Retry-After: 1\r\n", content: ("text/plain; charset=utf-8", "no master at the moment\n"))
    /// 415: a body that is compressed (RFC 9110, section 15.5.16).
    static let bodyIsEncoded = GatewayAnswer(
        status: 415, message: "a request's body is taken as it is, without Content-Encoding", fields: "Accept-Encoding: identity\r\n")
    /// 408: the request did not arrive in time.
    public static let requestTimeout = GatewayAnswer(status: 408, message: "the request took too long to arrive")
    /// 413: see ``HTTPLimits/bodyBytesMax``.
    public static let bodyTooLarge = GatewayAnswer(.bodyTooLarge)
    /// 413: the names of channels that a client listens to take more than they may.
    public static let tooManyTopics = GatewayAnswer(status: 413, message: "the names of channels take more than failover.client_memory allows")
    /// 431: see ``HTTPLimits/headBytesMax``.
    public static let headTooLarge = GatewayAnswer(status: 431, message: "the request's headers are too large")
    /// 502: what the upstream sent cannot be shown in the format asked for.
    public static let unrenderable = GatewayAnswer(status: 502, message: "the reply cannot be shown in this format")
    /// 503: nothing was sent to Redis, so the request may be repeated.
    public static let masterUnavailable = GatewayAnswer(
        status: 503, message: "there is no master at the moment; the command was not run", fields: "Retry-After: 1\r\n")
    /// 413: what a batch has been answered with so far is all that may be.
    static let batchTooLarge = GatewayAnswer(status: 413, message: "the answer is larger than http.max_reply allows; the command was not run")
    /// 503: all clients together hold as much as they may, and nothing was sent to Redis.
    public static let outOfMemory = GatewayAnswer(
        status: 503, message: "the proxy is short of memory for large requests (memory.max, memory.unfinished); the command was not run", fields: "Retry-After: 1\r\n")
    /// 503: the same, where the command has been run already.
    public static let outOfMemoryForReply = GatewayAnswer(
        status: 503, message: "the proxy is short of memory for large replies (memory.max); the command was run")
    /// 504: the command was sent and no reply came, so it may have been run.
    public static let outcomeUnknown = GatewayAnswer(
        status: 504, message: "the connection to the master was lost; whether the command was run is unknown")

    /// The last word stands for every other field but Authorization. Browsers differ about it, so those that are known to come are named.
    private static let preflightFields: StaticString = """
        Allow: GET, HEAD, POST, PUT, OPTIONS\r
        Access-Control-Allow-Methods: GET, HEAD, POST, PUT, OPTIONS\r
        Access-Control-Allow-Headers: Authorization, Content-Type, Accept, Cache-Control, If-None-Match, Last-Event-ID, Range, X-Requested-With, Upstash-Encoding, Upstash-Response-Format, Upstash-Sync-Token, Upstash-Telemetry-Platform, Upstash-Telemetry-Runtime, Upstash-Telemetry-Sdk, *\r
        Access-Control-Max-Age: 600\r

        """

    /// Appends the whole response.
    public func append(_ framing: ResponseFraming, _ rules: GatewayRules, to output: inout [UInt8]) {
        let status = rules.isWebdis ? webdisStatus : self.status
        rules.fields.appendStart(status, framing, to: &output)
        if isPreflight {
            // Webdis has these two in the other order here.
            if rules.isWebdis { framing.appendConnection(isWebdis: true, to: &output) }
            output.append(fields)
            if !rules.isWebdis { output.append(Self.preflightFields) }
            if !rules.isWebdis { framing.appendConnection(isWebdis: false, to: &output) }
            output.append("Content-Length: 0\r\n\r\n" as StaticString)
            return
        }
        if !rules.isWebdis || (status != 403 && status != 405) { output.append(fields) }
        if let content {
            framing.appendConnection(isWebdis: rules.isWebdis, to: &output)
            ResponseHead.appendField("Content-Type", content.type, to: &output)
            output.append("Content-Length: " as StaticString)
            Decimal.append(content.body.utf8CodeUnitCount, to: &output)
            output.append("\r\n\r\n" as StaticString)
            if !framing.omitsBody { output.append(content.body) }
            return
        }
        guard message.utf8CodeUnitCount > 0, !rules.isWebdis || status == 504 else {
            framing.appendConnection(isWebdis: rules.isWebdis, to: &output)
            output.append("Content-Length: 0\r\n\r\n" as StaticString)
            return
        }
        output.append("Content-Type: application/json\r\n" as StaticString)
        framing.appendConnection(isWebdis: rules.isWebdis, to: &output)
        let length = ContentLengthField(expecting: message.utf8CodeUnitCount + 40, in: &output)
        // Our own texts: no byte of them needs an escape.
        if framing.isUpstash {
            output.append("{\"error\":\"" as StaticString)
            output.append(message)
            output.append("\"}" as StaticString)
        } else {
            output.append("{\"error\":{\"status\":" as StaticString)
            Decimal.append(status, to: &output)
            output.append(",\"message\":\"" as StaticString)
            output.append(message)
            output.append("\"}}" as StaticString)
        }
        length.close(keepingBody: !framing.omitsBody, in: &output)
    }
}
