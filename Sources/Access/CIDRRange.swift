import Bytes

/// A block of addresses that share their first bits: `10.0.0.0/8`, `::/0`, or one address.
///
/// Host bits beyond the mask (`10.0.0.1/8`) are an error that names the range they are in: what was meant is unclear,
/// and an allowlist must not guess. A range of IPv4-mapped IPv6 addresses (`::ffff:10.0.0.0/104`) is the IPv4 range,
/// as a mapped peer is the IPv4 peer (see ``IPAddress``). So `::/0` is all of IPv6 and no IPv4; `0.0.0.0/0` the reverse.
public struct CIDRRange: Hashable, Sendable, CustomStringConvertible {
    /// The lowest address of the range.
    public let base: IPAddress
    /// How many leading bits all addresses of the range share: 0 to 32 or 128.
    public let prefixLength: Int

    /// The range of `address` alone.
    public init(_ address: IPAddress) {
        base = address
        prefixLength = address.family.bitCount
    }

    /// `base` must have no bits set beyond `prefixLength`.
    private init(base: IPAddress, prefixLength: Int) {
        self.base = base
        self.prefixLength = prefixLength
    }

    /// Reads `address/bits` or a bare address.
    public init(parsing text: String) throws(CIDRError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { throw .notAnAddress }
        guard parts.count == 2 else {
            self.init(address)
            return
        }
        let isMapped = address.family == .v4 && first.utf8.contains(UInt8(ascii: ":"))
        let bitsMax = isMapped ? 128 : address.family.bitCount
        let bitsMin = isMapped ? 96 : 0
        guard let written = Self.prefix(parts[1]), written <= bitsMax else { throw .badPrefix(max: bitsMax) }
        guard written >= bitsMin else { throw .mappedPrefixTooShort }
        let prefix = written - bitsMin
        let base = address.masked(toPrefix: prefix)
        guard base == address else { throw .hostBits(range: "\(base)/\(prefix)") }
        self.init(base: base, prefixLength: prefix)
    }

    /// Whether `address` lies in the range; never for an address of the other family.
    public func contains(_ address: IPAddress) -> Bool {
        address.family == base.family && address.masked(toPrefix: prefixLength) == base
    }

    /// `address/bits`, the bits left out for a single address.
    public var description: String {
        prefixLength == base.family.bitCount ? base.description : "\(base)/\(prefixLength)"
    }

    /// One to three digits without a sign.
    private static func prefix(_ text: Substring) -> Int? {
        guard (1...3).contains(text.utf8.count) else { return nil }
        var value = 0
        for byte in text.utf8 {
            guard ASCII.isDigit(byte) else { return nil }
            value = value * 10 + Int(byte - ASCII.zero)
        }
        return value
    }
}

/// Why a text is no range of addresses. The description completes a sentence that begins with the text.
public enum CIDRError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What stands before the slash is neither an IPv4 nor an IPv6 address.
    case notAnAddress
    /// What stands after the slash is no number from 0 to `max`.
    case badPrefix(max: Int)
    /// An IPv4-mapped range that reaches beyond the mapped addresses.
    case mappedPrefixTooShort
    /// Bits are set beyond the mask; `range` is the range around the address.
    case hostBits(range: String)

    public var description: String {
        switch self {
        case .notAnAddress: "is no address or range such as 10.0.0.0/8 or ::1"
        case .badPrefix(let max): "needs a number of bits from 0 to \(max) after the slash"
        case .mappedPrefixTooShort: "is IPv4-mapped and needs at least 96 bits after the slash"
        case .hostBits(let range): "has bits set beyond its mask; the range is \(range)"
        }
    }
}
