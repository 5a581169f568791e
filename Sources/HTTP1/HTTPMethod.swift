import Bytes

/// The method of a request. Methods are case-sensitive (RFC 9110, section 9.1).
public enum HTTPMethod: Equatable, Sendable {
    case get, head, post, put, delete, patch, options
    /// Any other token; its bytes are in ``RequestHead/methodName``.
    case other

    init(_ name: Span<UInt8>) {
        self =
            switch name.count {
            case 3 where name.spells("GET"): .get
            case 3 where name.spells("PUT"): .put
            case 4 where name.spells("HEAD"): .head
            case 4 where name.spells("POST"): .post
            case 5 where name.spells("PATCH"): .patch
            case 6 where name.spells("DELETE"): .delete
            case 7 where name.spells("OPTIONS"): .options
            default: .other
            }
    }
}
