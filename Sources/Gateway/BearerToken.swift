import Access
import Bytes
import HTTP1

/// The token that a client of Upstash's REST dialect shows: `Authorization: Bearer …`, or `?_token=…` where it cannot set fields,
/// as a browser's EventSource cannot (RFC 6750, sections 2.1 and 2.3).
enum BearerToken {
    /// Where the token stands in `bytes`; nil where the request shows none.
    static func place(_ head: RequestHead, in bytes: Span<UInt8>) -> Range<Int>? {
        if let value = head.authorization {
            let text = bytes.extracting(value)
            guard text.count > 7, ASCII.beginsIgnoringCase(text, with: "Bearer ") else { return nil }
            var start = value.lowerBound + 7
            while start < value.upperBound, bytes[start] == ASCII.space { start += 1 }
            return start..<value.upperBound
        }
        guard let question = ByteSearch.firstIndex(of: UInt8(ascii: "?"), in: bytes.extracting(head.target)) else { return nil }
        var start = head.target.lowerBound + question + 1
        while start < head.target.upperBound {
            let end = min(head.target.upperBound, ByteSearch.firstIndex(of: UInt8(ascii: "&"), in: bytes, from: start) ?? head.target.upperBound)
            if end - start > 7, bytes.extracting(start..<end).begins(with: "_token=") { return (start + 7)..<end }
            start = end + 1
        }
        return nil
    }

    /// What a token opens.
    enum Rights { case all, readOnly, none }

    /// What the token at `place` opens under `rules`. Every secret is compared, so that the time does not tell which was near.
    static func rights(_ place: Range<Int>, in bytes: Span<UInt8>, _ rules: GatewayRules) -> Rights {
        let token = bytes.extracting(place)
        guard rules.asksForToken else { return rules.credentials.map { $0.password.matches(token) ? .all : .none } ?? .all }
        let isWhole = rules.token?.matches(token) ?? false
        let isReadOnly = rules.readOnlyToken?.matches(token) ?? false
        return isWhole ? .all : isReadOnly ? .readOnly : .none
    }
}
