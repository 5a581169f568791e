import Access
import Bytes
import HTTP1

/// Which field of a request says for whom a proxy has sent it.
public enum ForwardedHeader: String, Sendable, CaseIterable {
    /// Either of them. Where both stand, one of them may come from the client itself, and nobody can tell which: then the client may do
    /// no more than either says.
    case both
    /// `Forwarded` (RFC 7239) alone.
    case forwarded
    /// `X-Forwarded-For` alone.
    case xForwardedFor = "x-forwarded-for"
}

/// Who has sent a request that came by way of proxies: what the nearest of them that is not trusted, or the client itself,
/// is called by those that are (RFC 7239; `X-Forwarded-For`).
enum ClientAddress {
    /// The client's address, and the other one that it may be, where two fields say different things. An address is nil where it is
    /// hidden.
    ///
    /// - Parameter peer: who has connected.
    static func of(_ head: RequestHead, in bytes: Span<UInt8>, peer: IPAddress?, _ rules: GatewayRules) -> (IPAddress?, other: IPAddress??) {
        let trusted = rules.trustedProxies
        guard let peer, isTrusted(peer, trusted) else { return (peer, nil) }
        var modern: [IPAddress?] = []
        var usual: [IPAddress?] = []
        if rules.forwardedHeader != .xForwardedFor {
            head.forEachField("forwarded", in: bytes) { ForwardedElements.append(bytes.extracting($0), to: &modern) }
        }
        if rules.forwardedHeader != .forwarded {
            head.forEachField("x-forwarded-for", in: bytes) { ForwardedElements.append(list: bytes.extracting($0), to: &usual) }
        }
        guard !modern.isEmpty, !usual.isEmpty else { return (nearest(in: modern.isEmpty ? usual : modern, peer, trusted), nil) }
        let (one, other) = (nearest(in: modern, peer, trusted), nearest(in: usual, peer, trusted))
        return (one, one == other ? nil : .some(other))
    }

    /// The last address of `chain` was written by `peer`, the one before it by whom that names.
    private static func nearest(in chain: [IPAddress?], _ peer: IPAddress, _ trusted: [CIDRRange]) -> IPAddress? {
        var nearest = peer
        for address in chain.reversed() {
            // What is no address was written by somebody who can be believed, so it hides who is behind.
            guard let address else { return nil }
            nearest = address
            guard isTrusted(address, trusted) else { return address }
        }
        return nearest
    }

    private static func isTrusted(_ address: IPAddress, _ trusted: [CIDRRange]) -> Bool { trusted.contains { $0.contains(address) } }
}
