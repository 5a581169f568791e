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

    /// The token that opens for who knows `user` and `password` what these open; nil where they open nothing. It is what
    /// `ACL RESTTOKEN` answers.
    static func token(user: Span<UInt8>, password: Span<UInt8>, _ rules: GatewayRules) -> [UInt8]? {
        guard let credentials = rules.credentials, credentials.verify(user: user, password: password) else { return nil }
        var pair: [UInt8] = []
        pair.append(user)
        pair.append(UInt8(ascii: ":"))
        pair.append(password)
        var token: [UInt8] = []
        Base64.append(pair.span, to: &token)
        return token
    }

    /// What a token opens.
    enum Rights { case all, readOnly, none }

    /// What the token at `place` opens under `rules`. Every secret is compared, so that the time does not tell which was near.
    static func rights(_ place: Range<Int>, in bytes: Span<UInt8>, _ rules: GatewayRules) -> Rights { rights(of: bytes.extracting(place), rules) }

    /// What `token` opens under `rules`.
    static func rights(of token: Span<UInt8>, _ rules: GatewayRules) -> Rights {
        if let credentials = rules.credentials, let shown = BasicCredentials(encoded: token),
            credentials.verify(user: shown.user.span, password: shown.password.span)
        {
            return .all
        }
        guard rules.asksForToken else { return rules.credentials.map { $0.matches(token) ? .all : .none } ?? .all }
        let isWhole = rules.token?.matches(token) ?? false
        let isReadOnly = rules.readOnlyToken?.matches(token) ?? false
        let named = named(token, rules)
        if isWhole { return .all }
        return isReadOnly || named?.isReadOnly == true ? .readOnly : named != nil ? .all : .none
    }

    /// The token of `http.tokens` that this is. Each of them is compared.
    static func named(_ token: Span<UInt8>, _ rules: GatewayRules) -> AccessToken? {
        var found: AccessToken?
        for named in rules.tokens where named.secret.matches(token) { found = named }
        return found
    }
}
