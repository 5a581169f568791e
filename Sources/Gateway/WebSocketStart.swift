import Access
import Bytes
import HTTP1
import WebSocket

/// A request that goes over to a WebSocket: what is answered, and what the WebSocket then speaks.
public struct WebSocketStart: Sendable {
    /// What commands and replies look like, by the path.
    public enum Dialect: Equatable, Sendable {
        /// `/` and `/.json`: a JSON array for each command.
        case json
        /// `/.raw`: RESP.
        case raw
        /// Another path, which Webdis accepts and closes at the first message.
        case none
    }

    public let dialect: Dialect
    public let client: GatewayClient
    /// The whole response.
    public let response: [UInt8]

    /// What becomes of a request that names WebSocket in `Upgrade`; nil for every other.
    static func plan(_ head: RequestHead, in bytes: Span<UInt8>, peer: IPAddress?, _ rules: GatewayRules) -> GatewayPlan? {
        guard let upgrade = head.upgrade, ASCII.equalsIgnoringCase(bytes.extracting(upgrade), "websocket") else { return nil }
        let framing = ResponseFraming(head, in: bytes, rules).closing
        let version = bytes.extracting(head.field("sec-websocket-version", in: bytes) ?? 0..<0)
        let key = bytes.extracting(head.field("sec-websocket-key", in: bytes) ?? 0..<0)
        if let refusal = WebSocketHandshake.refusal(
            isGet: head.method == .get, minorVersion: head.minorVersion, version: version, key: key, isLenient: rules.isWebdis)
        {
            return .respond(refusal.status == 426 ? .webSocketVersion : GatewayAnswer(status: refusal.status, message: refusal.message), framing)
        }
        let host = bytes.extracting(HostName.place(head, in: bytes) ?? 0..<0)
        if let origin = head.origin, !rules.origins.allowsWebSocket(bytes.extracting(origin), host: host) {
            return .respond(GatewayAnswer(status: 403, message: "pages of this origin may not open a WebSocket here; see http.cors_origins"), framing)
        }
        let target = bytes.extracting(head.target)
        let pathEnd = ByteSearch.firstIndex(of: UInt8(ascii: "?"), in: target) ?? target.count
        let path = target.extracting(0..<pathEnd)
        let dialect: Dialect = BasePath.isRoot(path, rules) || path.begins(with: "/.json") ? .json : path.begins(with: "/.raw") ? .raw : .none
        if dialect == .none, !rules.isWebdis {
            return .respond(GatewayAnswer(status: 404, message: "WebSockets are at /, /.json and /.raw"), framing)
        }
        var response: [UInt8] = []
        WebSocketHandshake.appendAcceptance(of: key, sha1: rules.sha1, to: &response)
        if rules.isWebdis {
            if let origin = head.origin { ResponseHead.appendField("Sec-WebSocket-Origin", untrusted: bytes.extracting(origin), to: &response) }
            response.append("Sec-WebSocket-Location: ws://" as StaticString)
            response.append(host)
            response.append(path)
            response.append("\r\n" as StaticString)
        }
        response.append("\r\n" as StaticString)
        let token = rules.isWebdis ? nil : BearerToken.place(head, in: bytes)
        // Rules that come later may ask for what none asks now.
        let client = GatewayClient(
            head, in: bytes, peer: peer, rules, rights: token.map { BearerToken.rights($0, in: bytes, rules) } ?? .all, isMethodBound: false, keepsLogin: true)
        return .upgrade(WebSocketStart(dialect: dialect, client: client, response: response))
    }
}
