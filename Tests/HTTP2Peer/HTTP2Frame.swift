/// One frame as it stands on the wire (RFC 9113, section 4.1), however wrong: written by hand, so that a test can send what no
/// library would.
public struct HTTP2Frame: Equatable, Sendable {
    public enum Kind: UInt8, Sendable {
        case data, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
        case unknown = 0xEE
    }

    /// Of HEADERS and DATA; of SETTINGS and PING that they acknowledge.
    public static let endStream: UInt8 = 1
    public static let acknowledges: UInt8 = 1
    public static let endHeaders: UInt8 = 4
    public static let padded: UInt8 = 8

    public var kind: Kind
    public var flags: UInt8
    public var stream: Int32
    public var payload: [UInt8]

    public init(_ kind: Kind, flags: UInt8 = 0, stream: Int32 = 0, _ payload: [UInt8] = []) {
        self.kind = kind
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    public var bytes: [UInt8] {
        let count = payload.count
        return [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), kind.rawValue, flags] + Self.word(UInt32(bitPattern: stream)) + payload
    }

    /// Four bytes, the highest first.
    public static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

    /// The word that begins at `index` of the payload.
    public func word(at index: Int = 0) -> UInt32 { payload.count >= index + 4 ? payload[index..<(index + 4)].reduce(0) { $0 << 8 | UInt32($1) } : 0 }

    /// How a client begins: the preface and its settings.
    public static func beginning(_ settings: [(id: UInt16, value: UInt32)] = []) -> [UInt8] {
        Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + HTTP2Frame(.settings, settings.flatMap { [UInt8($0.id >> 8), UInt8($0.id & 255)] + word($0.value) }).bytes
    }

    /// The setting that says how much of each response may be sent unasked.
    public static func window(_ bytes: UInt32) -> (id: UInt16, value: UInt32) { (4, bytes) }

    /// A list of fields as HPACK literals that are put into no table (RFC 7541, section 6.2.2), byte for byte as they are given.
    public static func list(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0] + string($0.0) + string($0.1) }
    }

    private static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return integer(bytes.count, prefixBits: 7) + bytes
    }

    /// A number as HPACK writes it (RFC 7541, section 5.1).
    public static func integer(_ value: Int, prefixBits: Int, first: UInt8 = 0) -> [UInt8] {
        let limit = 1 << prefixBits - 1
        guard value >= limit else { return [first | UInt8(value)] }
        var (rest, bytes) = (value - limit, [first | UInt8(limit)])
        while rest >= 128 {
            bytes.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// A whole request without a body, or the beginning of one with.
    public static func request(
        _ stream: Int32, _ method: String, _ path: String, _ fields: [(String, String)] = [], authority: String = "localhost", ends: Bool = true
    ) -> [UInt8] {
        head(stream, [(":method", method), (":scheme", "http"), (":authority", authority), (":path", path)] + fields, ends: ends)
    }

    /// A whole request that reads.
    public static func request(_ stream: Int32, _ path: String, _ fields: [(String, String)] = []) -> [UInt8] { request(stream, "GET", path, fields) }

    /// A request's fields, whichever they are.
    public static func head(_ stream: Int32, _ fields: [(String, String)], ends: Bool = true) -> [UInt8] {
        HTTP2Frame(.headers, flags: endHeaders | (ends ? endStream : 0), stream: stream, list(fields)).bytes
    }

    public static func data(_ stream: Int32, _ bytes: [UInt8], ends: Bool = true) -> [UInt8] {
        HTTP2Frame(.data, flags: ends ? endStream : 0, stream: stream, bytes).bytes
    }

    public static func reset(_ stream: Int32, code: UInt32 = 8) -> [UInt8] { HTTP2Frame(.reset, stream: stream, word(code)).bytes }
    public static func grant(_ stream: Int32, _ bytes: UInt32) -> [UInt8] { HTTP2Frame(.windowUpdate, stream: stream, word(bytes)).bytes }
}
