/// Why a request cannot be served, as the status that tells the client.
///
/// The source is always the client; after one of these the connection's framing is unknown, so it has to be closed.
public struct HTTPProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// The status code to answer with.
    public let status: Int
    /// What is wrong, in a sentence for the client's developer. Never holds bytes of the request.
    public let message: StaticString

    public init(status: Int, message: StaticString) {
        self.status = status
        self.message = message
    }

    /// The reason phrase of the status.
    public var reason: StaticString { HTTPStatus.reason(status) }

    public var description: String { "\(status) \(reason): \(message)" }

    public static func == (left: HTTPProblem, right: HTTPProblem) -> Bool {
        left.status == right.status && left.message.description == right.message.description
    }

    static func badRequest(_ message: StaticString) -> HTTPProblem { HTTPProblem(status: 400, message: message) }
}

/// Status codes that this server sends, with their reason phrases (RFC 9110, section 15).
public enum HTTPStatus {
    public static func reason(_ status: Int) -> StaticString {
        switch status {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 200: "OK"
        case 206: "Partial Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 426: "Upgrade Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 507: "Insufficient Storage"
        default: "Unknown"
        }
    }
}
