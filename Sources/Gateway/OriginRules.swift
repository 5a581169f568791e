import Bytes
import HTTP1

/// Which web pages may use the server, by their origin: `https://example.org`, `http://localhost:3000`. A page of this server itself
/// always may.
/// Source: https://fetch.spec.whatwg.org/#http-cors-protocol
public struct OriginRules: Sendable, Equatable {
    /// Whether every page may.
    public let allowsAll: Bool
    private let origins: [[UInt8]]

    /// - Parameter origins: as browsers send them, in any case; `*` for all.
    public init(_ origins: [String]) {
        allowsAll = origins.contains("*")
        // Browsers write them in small letters, and compare what they are answered byte by byte.
        self.origins = origins.filter { $0 != "*" }.map { $0.utf8.map(ASCII.lowercased) }
    }

    /// Whether no page but those of this server itself may.
    public var isEmpty: Bool { !allowsAll && origins.isEmpty }

    /// The number of an origin that is named, from 1 on; 0 for every other. It takes less room than the origin itself.
    func number(of origin: Span<UInt8>) -> UInt16 {
        for (index, allowed) in origins.enumerated() where ASCII.equalsIgnoringCase(allowed.span, origin) { return UInt16(clamping: index + 1) }
        return 0
    }

    /// The origin of that number, as browsers write it; nil where there is none.
    func name(_ number: UInt16) -> [UInt8]? { number > 0 && Int(number) <= origins.count ? origins[Int(number) - 1] : nil }

    /// Whether pages of `origin` may.
    public func allows(_ origin: Span<UInt8>) -> Bool {
        if allowsAll { return true }
        for allowed in origins where ASCII.equalsIgnoringCase(allowed.span, origin) { return true }
        return false
    }

    /// Whether a request was sent by a page that may not send any. A client that is no browser says nothing of pages.
    ///
    /// A browser says the origin of a page with everything but what pages load without a script; with that it says by
    /// `Sec-Fetch-Site` what the page is to this server, and without a name no page can be allowed but all.
    public func refuse(_ head: RequestHead, in bytes: Span<UInt8>) -> Bool {
        guard let origin = head.origin else { return head.isOfOtherOrigin && !allowsAll }
        let name = bytes.extracting(origin)
        if allows(name) { return false }
        return head.isOfOtherOrigin || !Self.isOwn(name, host: bytes.extracting(HostName.place(head, in: bytes) ?? 0..<0))
    }

    /// Whether a page of `origin` may open a WebSocket here: one that is named, or one of this server, whose name the client
    /// gives as `host`.
    func allowsWebSocket(_ origin: Span<UInt8>, host: Span<UInt8>) -> Bool { allows(origin) || Self.isOwn(origin, host: host) }

    /// Whether `origin` is this server's, which the client calls `host`. TLS may be spoken by who stands before it, so either scheme is
    /// its own.
    private static func isOwn(_ origin: Span<UInt8>, host: Span<UInt8>) -> Bool {
        guard host.count > 0 else { return false }
        for scheme in ["http://", "https://"] as [StaticString] {
            guard ASCII.beginsIgnoringCase(origin, with: scheme) else { continue }
            if ASCII.equalsIgnoringCase(origin.extracting(droppingFirst: scheme.utf8CodeUnitCount), host) { return true }
        }
        return false
    }
}
