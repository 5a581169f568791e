import Bytes

/// The header by which a proxy such as HAProxy says, before a connection's first byte, for whom it has connected: versions 1
/// and 2 of the PROXY protocol. Source: https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt
public enum ProxyHeader {
    /// No header is longer: version 2 with what may stand behind its addresses.
    public static let bytesMax = 4096
    /// A line of version 1, its end included.
    private static let lineBytesMax = 107

    public enum Outcome: Equatable, Sendable {
        case incomplete
        /// The header takes so many bytes. The source is nil where the proxy speaks for itself, or names none.
        case header(byteCount: Int, source: IPAddress?, port: UInt16)
        /// It is no such header.
        case malformed
    }

    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    /// Reads the header that `bytes` begin with.
    public static func parse(_ bytes: Span<UInt8>) -> Outcome {
        guard bytes.count > 0 else { return .incomplete }
        if bytes[0] == signature[0] { return parseBinary(bytes) }
        return parseLine(bytes)
    }

    /// `PROXY TCP4 source destination sourceport destinationport CR LF`, or `PROXY UNKNOWN …`.
    private static func parseLine(_ bytes: Span<UInt8>) -> Outcome {
        let prefix = Array("PROXY ".utf8)
        for index in 0..<min(prefix.count, bytes.count) where bytes[index] != prefix[index] { return .malformed }
        guard let end = ByteSearch.firstIndex(of: ASCII.lineFeed, in: bytes) else {
            return bytes.count < lineBytesMax ? .incomplete : .malformed
        }
        guard end < lineBytesMax, end > prefix.count, bytes[end - 1] == ASCII.carriageReturn else { return .malformed }
        let line = bytes.extracting(0..<(end - 1)).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        if words.count >= 2, words[1] == "UNKNOWN" { return .header(byteCount: end + 1, source: nil, port: 0) }
        guard words.count == 6, words[1] == "TCP4" || words[1] == "TCP6", let source = IPAddress(String(words[2])), IPAddress(String(words[3])) != nil,
            let port = UInt16(words[4]), UInt16(words[5]) != nil
        else { return .malformed }
        return .header(byteCount: end + 1, source: source, port: port)
    }

    private static func parseBinary(_ bytes: Span<UInt8>) -> Outcome {
        for index in 0..<min(signature.count, bytes.count) where bytes[index] != signature[index] { return .malformed }
        guard bytes.count >= 16 else { return .incomplete }
        let length = Int(bytes[14]) << 8 | Int(bytes[15])
        guard bytes[12] >> 4 == 2, bytes[12] & 15 <= 1, 16 + length <= bytesMax else { return .malformed }
        guard bytes.count >= 16 + length else { return .incomplete }
        // LOCAL: the proxy asks for itself, as in a health check.
        if bytes[12] & 15 == 0 { return .header(byteCount: 16 + length, source: nil, port: 0) }
        switch bytes[13] >> 4 {
        case 1 where length >= 12: return .header(byteCount: 16 + length, source: IPAddress(bytes: bytes.extracting(16..<20)), port: port(bytes, at: 24))
        case 2 where length >= 36: return .header(byteCount: 16 + length, source: IPAddress(bytes: bytes.extracting(16..<32)), port: port(bytes, at: 48))
        case 0, 3: return .header(byteCount: 16 + length, source: nil, port: 0)
        default: return .malformed
        }
    }

    private static func port(_ bytes: Span<UInt8>, at index: Int) -> UInt16 { UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]) }
}
