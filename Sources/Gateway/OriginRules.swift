import Bytes

/// Which web pages may read answers (CORS) and open WebSockets, by their origin: `https://example.org`, `http://localhost:3000`.
/// Source: https://fetch.spec.whatwg.org/#http-cors-protocol
public struct OriginRules: Sendable, Equatable {
    /// Whether every page may.
    public let allowsAll: Bool
    private let origins: [[UInt8]]

    /// - Parameter origins: as browsers send them, in any case; `*` for all.
    public init(_ origins: [String]) {
        allowsAll = origins.contains("*")
        self.origins = origins.filter { $0 != "*" }.map { Array($0.utf8) }
    }

    /// Whether no page but those of this server itself may.
    public var isEmpty: Bool { !allowsAll && origins.isEmpty }

    /// Whether pages of `origin` may.
    public func allows(_ origin: Span<UInt8>) -> Bool {
        if allowsAll { return true }
        for allowed in origins where ASCII.equalsIgnoringCase(allowed.span, origin) { return true }
        return false
    }

    /// Whether a page of `origin` may open a WebSocket here: one that is named, or one of this server, whose name the client
    /// gives as `host`.
    public func allowsWebSocket(_ origin: Span<UInt8>, host: Span<UInt8>) -> Bool {
        if allows(origin) { return true }
        for scheme in ["http://", "https://"] as [StaticString] {
            guard ASCII.beginsIgnoringCase(origin, with: scheme) else { continue }
            if ASCII.equalsIgnoringCase(origin.extracting(droppingFirst: scheme.utf8CodeUnitCount), host) { return true }
        }
        return false
    }
}
