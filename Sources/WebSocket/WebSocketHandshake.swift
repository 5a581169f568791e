import Bytes

/// The request by which a client turns an HTTP connection into a WebSocket (RFC 6455, section 4.2).
public enum WebSocketHandshake {
    /// Why a request does not make a WebSocket.
    public struct Refusal: Error, Equatable {
        /// 400, or 426 where the client speaks another version: only 13 is spoken here.
        public let status: Int
        public let message: StaticString

        public static func == (left: Refusal, right: Refusal) -> Bool { left.status == right.status }
    }

    /// What is wrong with the request; nil if it makes a WebSocket.
    ///
    /// - Parameters:
    ///   - version: the value of `Sec-WebSocket-Version`, empty for none.
    ///   - key: the value of `Sec-WebSocket-Key`, empty for none.
    ///   - isLenient: whether the version is not looked at, as Webdis does.
    public static func refusal(
        isGet: Bool, minorVersion: Int, version: Span<UInt8>, key: Span<UInt8>, isLenient: Bool = false
    ) -> Refusal? {
        guard isGet, minorVersion >= 1 else { return Refusal(status: 400, message: "a WebSocket begins with GET and HTTP/1.1") }
        guard key.count > 0 else { return Refusal(status: 400, message: "Sec-WebSocket-Key is missing") }
        guard let decoded = Base64.decode(key), decoded.count == 16 else {
            return Refusal(status: 400, message: "Sec-WebSocket-Key is not base64 of 16 bytes")
        }
        guard isLenient || version.spells("13") else { return Refusal(status: 426, message: "only version 13 of WebSocket is spoken here") }
        return nil
    }

    private static let magic: StaticString = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// Appends the response that makes the WebSocket, up to its last field.
    ///
    /// - Parameter sha1: the SHA-1 of bytes.
    public static func appendAcceptance(of key: Span<UInt8>, sha1: (Span<UInt8>) -> [UInt8], to output: inout [UInt8]) {
        var text: [UInt8] = []
        text.append(key)
        text.append(magic)
        output.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " as StaticString)
        Base64.append(sha1(text.span).span, to: &output)
        output.append("\r\n" as StaticString)
    }
}
