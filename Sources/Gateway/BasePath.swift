import Bytes
import HTTP1

/// The path below which everything is served (`http.base_path`): a proxy that stands before several servers may hand it on.
enum BasePath {
    /// Takes it off the target of `head`; false where the request is for something else.
    static func take(off head: inout RequestHead, in bytes: Span<UInt8>, _ rules: GatewayRules) -> Bool {
        let target = bytes.extracting(head.target)
        let base = rules.basePath
        let count = base.count
        guard target.count >= count, target.extracting(0..<count).isEqual(to: base.span) else { return false }
        guard target.count == count || target[count] == UInt8(ascii: "/") || target[count] == UInt8(ascii: "?") else { return false }
        head.dropTargetPrefix(count)
        return true
    }

    /// Whether `path` is the root: below a base path it may lack its slash.
    static func isRoot(_ path: Span<UInt8>, _ rules: GatewayRules) -> Bool { path.spells("/") || (path.count == 0 && !rules.basePath.isEmpty) }
}

/// A question about the server itself (`http.health`), which is answered to everybody: a load balancer has no password.
enum HealthQuestion {
    /// Whether the request asks for a master, or only whether anybody is here; nil where it is none of these.
    static func asksForMaster(_ head: RequestHead, in bytes: Span<UInt8>, _ rules: GatewayRules) -> Bool? {
        guard head.method == .get || head.method == .head else { return nil }
        var head = head
        if !rules.basePath.isEmpty { _ = BasePath.take(off: &head, in: bytes, rules) }
        let target = bytes.extracting(head.target)
        let path = target.extracting(first: ByteSearch.firstIndex(of: UInt8(ascii: "?"), in: target) ?? target.count)
        return path.spells("/livez") ? false : path.spells("/readyz") ? true : nil
    }
}
