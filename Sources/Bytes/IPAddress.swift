import Glibc

/// An IPv4 or IPv6 address.
///
/// An IPv4 address that a dual-stack socket shows as `::ffff:a.b.c.d` (RFC 4291, 2.5.5.2) is the IPv4 address here, so
/// that one peer has one spelling however it came in. Scope ids (`fe80::1%eth0`) are not part of it.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Which protocol the address belongs to.
    public enum Family: Hashable, Sendable {
        case v4
        case v6

        /// Bits of an address of this family: 32 or 128.
        @inlinable public var bitCount: Int { self == .v4 ? 32 : 128 }
    }

    public let family: Family
    /// The first 64 bits; for IPv4 the 32 bits of the address stand at the top and the rest is zero.
    @usableFromInline let high: UInt64
    /// The last 64 bits; zero for IPv4.
    @usableFromInline let low: UInt64

    @usableFromInline init(family: Family, high: UInt64, low: UInt64) {
        // ::ffff:0:0/96 is IPv4 in disguise.
        if family == .v6, high == 0, low >> 32 == 0xFFFF {
            self.family = .v4
            self.high = low << 32
            self.low = 0
        } else {
            self.family = family
            self.high = high
            self.low = low
        }
    }

    /// The address of 4 bytes (IPv4) or 16 bytes (IPv6) in network order; nil for any other count.
    public init?(bytes: Span<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<min(8, bytes.count) { high = high << 8 | UInt64(bytes[index]) }
        for index in min(8, bytes.count)..<bytes.count { low = low << 8 | UInt64(bytes[index]) }
        if bytes.count == 4 {
            self.init(family: .v4, high: high << 32, low: 0)
        } else {
            self.init(family: .v6, high: high, low: low)
        }
    }

    /// The address that `text` spells, as `inet_pton` reads it: `10.0.0.1`, `::1`; nil for names, brackets and anything else.
    public init?(_ text: String) {
        // inet_pton stops at a NUL, which must not hide what follows it.
        guard !text.utf8.contains(0) else { return nil }
        var storage: (UInt64, UInt64) = (0, 0)
        if inet_pton(AF_INET, text, &storage) == 1 {
            self.init(family: .v4, high: storage.0.bigEndian, low: 0)
        } else if inet_pton(AF_INET6, text, &storage) == 1 {
            self.init(family: .v6, high: storage.0.bigEndian, low: storage.1.bigEndian)
        } else {
            return nil
        }
    }

    /// The address in network order: 4 bytes or 16.
    public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(family.bitCount / 8)
        for index in 0..<(family.bitCount / 8) {
            let word = index < 8 ? high : low
            result.append(UInt8(truncatingIfNeeded: word >> UInt64((7 - index % 8) * 8)))
        }
        return result
    }

    /// Whether only this machine can have it: 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        switch family {
        case .v4: high >> 56 == 127
        case .v6: high == 0 && low == 1
        }
    }

    /// Whether it stands for every interface: 0.0.0.0 or ::.
    public var isUnspecified: Bool { high == 0 && low == 0 }

    /// The address with all bits after the first `prefix` cleared. `prefix` is clamped to the family's bits.
    public func masked(toPrefix prefix: Int) -> IPAddress {
        let bits = min(max(prefix, 0), family.bitCount)
        // Shifting by 64 yields 0 in Swift, so a prefix of 0 needs no case of its own.
        let highMask = bits >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(bits))
        let lowMask = bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits - 64))
        return IPAddress(family: family, high: high & highMask, low: low & lowMask)
    }

    /// The usual spelling: dotted quad, or the compressed form of RFC 5952.
    public var description: String {
        var storage: (UInt64, UInt64) = (high.bigEndian, low.bigEndian)
        // INET6_ADDRSTRLEN is 46.
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 46) { text in
            guard let base = text.baseAddress,
                inet_ntop(family == .v4 ? AF_INET : AF_INET6, &storage, base, 46) != nil
            else { return "?" }
            return String(cString: base)
        }
    }
}
