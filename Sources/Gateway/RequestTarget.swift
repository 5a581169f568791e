import Bytes
import HTTP1

/// A request target taken apart (RFC 9112, section 3.2): the path up to the first `?`, and the query behind it.
struct RequestTarget {
    /// Offsets into the target's bytes.
    let path: Range<Int>
    /// Without its question marks, and without a fragment, which no client should send. Empty if there is none.
    let query: Range<Int>

    /// nil if `target` is in none of the forms that name something here: a path, or a URL of this server.
    init?(_ target: Span<UInt8>) {
        // Nothing is left of a target that was the base path alone.
        guard let start = target.count == 0 ? 0 : Self.pathStart(of: target) else { return nil }
        let questionMark = ByteSearch.firstIndex(of: UInt8(ascii: "?"), in: target, from: start) ?? target.count
        path = start..<questionMark
        var queryStart = questionMark
        while queryStart < target.count, target[queryStart] == UInt8(ascii: "?") { queryStart &+= 1 }
        query = queryStart..<(ByteSearch.firstIndex(of: UInt8(ascii: "#"), in: target, from: queryStart) ?? target.count)
    }

    private static func pathStart(of target: Span<UInt8>) -> Int? {
        guard target.count > 0 else { return nil }
        // The asterisk is a path that names nothing.
        if target[0] == UInt8(ascii: "/") { return 0 }
        if target.spells("*") { return 1 }
        return authority(of: target)?.upperBound
    }

    /// Where the authority stands in a target in absolute form (RFC 9112, section 3.2.2); nil in every other form.
    static func authority(of target: Span<UInt8>) -> Range<Int>? {
        guard target.count > 0, target[0] != UInt8(ascii: "/") else { return nil }
        var authority: Int
        if target.count > 7, ASCII.equalsIgnoringCase(target.extracting(0..<7), "http://") {
            authority = 7
        } else if target.count > 8, ASCII.equalsIgnoringCase(target.extracting(0..<8), "https://") {
            authority = 8
        } else {
            return nil
        }
        let authorityStart = authority
        while authority < target.count, target[authority] != UInt8(ascii: "/"), target[authority] != UInt8(ascii: "?") { authority &+= 1 }
        return authority > authorityStart ? authorityStart..<authority : nil
    }
}
