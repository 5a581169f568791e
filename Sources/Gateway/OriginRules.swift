import Bytes

/// Which web pages may read answers (CORS) and open WebSockets, by their origin: `https://example.org`, `http://localhost:3000`.
/// Source: https://fetch.spec.whatwg.org/#http-cors-protocol
package struct OriginRules: Sendable, Equatable {
    /// Whether every page may.
    package let allowsAll: Bool
    private let origins: [[UInt8]]

    /// - Parameter origins: as browsers send them, in any case; `*` for all.
    package init(_ origins: [String]) {
        allowsAll = origins.contains("*")
        self.origins = origins.filter { $0 != "*" }.map { $0.utf8.map(ASCII.lowercased) }
    }

    /// Whether no page but those of this server itself may.
    package var isEmpty: Bool { !allowsAll && origins.isEmpty }

    /// Whether pages of `origin` may.
    package func allows(_ origin: Span<UInt8>) -> Bool { allowsAll || origins.contains { Self.equals($0, origin) } }

    /// Whether a page of `origin` may open a WebSocket here: one that is named, or one of this server, whose name the client
    /// gives as `host`.
    package func allowsWebSocket(_ origin: Span<UInt8>, host: Span<UInt8>) -> Bool {
        if allows(origin) { return true }
        for scheme in ["http://", "https://"] as [StaticString] {
            let length = scheme.utf8CodeUnitCount
            guard origin.count == length + host.count, ASCII.equalsIgnoringCase(origin.extracting(0..<length), scheme) else { continue }
            if Self.equals(origin.extracting(length..<origin.count), host) { return true }
        }
        return false
    }

    private static func equals(_ lowercased: [UInt8], _ text: Span<UInt8>) -> Bool { equals(lowercased.span, text) }

    private static func equals(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where ASCII.lowercased(left[index]) != ASCII.lowercased(right[index]) { return false }
        return true
    }
}
