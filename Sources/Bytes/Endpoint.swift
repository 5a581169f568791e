/// A host and a TCP port, as people write them: `redis.example:6379`, `[::1]:6379`, `:6379`. Or a Unix socket by its path:
/// `unix:/run/redis.sock`.
///
/// The host is a name, an address, or empty, which stands for every interface where one listens. It is kept as written
/// (IPv6 without its brackets); nothing is resolved here.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// A longer host is none: DNS names end at 253 characters, and a zone id adds at most 16.
    public static let hostLengthMax = 270

    /// The longest path of a Unix socket in bytes: `sun_path` holds 108, the last of which is NUL (unix(7)).
    public static let unixPathLengthMax = 107
    /// What stands before a Unix socket's path.
    public static let unixPrefix = "unix:"

    /// Empty for a Unix socket.
    public var host: String
    /// 0 for a Unix socket.
    public var port: UInt16
    /// Path of a Unix socket, which stands instead of host and port.
    public let unixPath: String?

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
        unixPath = nil
    }

    /// The Unix socket at `path`, which is absolute; nil if it is not, too long or holds control characters.
    public init?(unixPath path: String) {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count <= Self.unixPathLengthMax else { return nil }
        guard path.utf8.allSatisfy({ $0 >= ASCII.space && $0 != 0x7F }) else { return nil }
        host = ""
        port = 0
        unixPath = path
    }

    /// Reads `host:port`, `[v6]:port`, `:port`, and where `defaultPort` is given also `host`, `[v6]` and a bare IPv6 address.
    ///
    /// Nil for: no port and no default, a port outside 1 to 65535, a host with blanks or control characters, an
    /// IPv6 address with a port but without brackets (`::1:6379` is itself an address), nothing at all.
    public init?(_ text: String, defaultPort: UInt16?) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, bytes.count <= Self.hostLengthMax + 8 else { return nil }
        let hostText: String
        let rest: ArraySlice<UInt8>
        if bytes[0] == UInt8(ascii: "[") {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            hostText = String(decoding: bytes[1..<close], as: UTF8.self)
            guard Self.isIPv6(hostText) else { return nil }
            rest = bytes[(close + 1)...]
        } else if bytes.count(where: { $0 == UInt8(ascii: ":") }) > 1 {
            guard Self.isIPv6(text) else { return nil }
            hostText = text
            rest = []
        } else {
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            guard bytes[..<colon].allSatisfy(Self.isHostByte) else { return nil }
            hostText = String(decoding: bytes[..<colon], as: UTF8.self)
            rest = bytes[colon...]
        }
        guard hostText.utf8.count <= Self.hostLengthMax else { return nil }
        if rest.isEmpty {
            guard let defaultPort else { return nil }
            self.init(host: hostText, port: defaultPort)
        } else {
            guard rest.first == UInt8(ascii: ":"), let port = Self.port(rest.dropFirst()) else { return nil }
            self.init(host: hostText, port: port)
        }
    }

    /// The form that `init(_:defaultPort:)` reads back to an equal endpoint, if it is no Unix socket.
    public var description: String {
        if let unixPath { return Self.unixPrefix + unixPath }
        return host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The address that the host spells; nil if it is a name, empty or carries a zone.
    public var address: IPAddress? { IPAddress(host) }

    /// 1 to 5 digits that make a port other than 0.
    private static func port(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard (1...5).contains(digits.count) else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard ASCII.isDigit(digit) else { return nil }
            value = value &* 10 &+ UInt32(digit &- ASCII.zero)
        }
        return value == 0 ? nil : UInt16(exactly: value)
    }

    /// Whether `text` is an IPv6 address, with or without a zone (`fe80::1%eth0`).
    private static func isIPv6(_ text: String) -> Bool {
        guard text.utf8.contains(UInt8(ascii: ":")) else { return false }
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { guard !parts[1].isEmpty, parts[1].utf8.allSatisfy(isHostByte) else { return false } }
        return IPAddress(String(parts[0])) != nil
    }

    /// What may stand in a host name: visible ASCII without the signs that URLs, lists and brackets need.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        guard byte > ASCII.space, byte < 0x7F else { return false }
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "/"), UInt8(ascii: ","), UInt8(ascii: "@"),
            UInt8(ascii: "="), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"), UInt8(ascii: "#"):
            return false
        default: return true
        }
    }
}
