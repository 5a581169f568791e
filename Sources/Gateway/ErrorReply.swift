import Bytes

/// An error that Redis has answered with, and the status of HTTP that says the same.
enum ErrorReply {
    static func isError(_ reply: Span<UInt8>) -> Bool { reply.count > 0 && (reply[0] == UInt8(ascii: "-") || reply[0] == UInt8(ascii: "!")) }

    /// The status for the first word of each error that Redis has; 400 for every other.
    ///
    /// | words | status | |
    /// |---|---|---|
    /// | NOPERM | 403 | the client's user may not |
    /// | NOSCRIPT, NOGROUP, `ERR no such key` | 404 | it is not there |
    /// | WRONGTYPE, BUSYGROUP, BUSYKEY | 409 | what is there does not go with it |
    /// | NOAUTH, WRONGPASS, DENIED, MOVED, ASK, CROSSSLOT, NOPROTO | 502 | Redis is not as this proxy is set up for |
    /// | LOADING, BUSY, MASTERDOWN, READONLY, CLUSTERDOWN, TRYAGAIN, NOREPLICAS, MISCONF, UNKNOWN, NOMASTER | 503 | not now |
    /// | OOM | 507 | Redis has no memory |
    private static let statuses: [(StaticString, Int)] = [
        ("WRONGTYPE", 409), ("NOPERM", 403), ("NOSCRIPT", 404), ("NOGROUP", 404), ("BUSYGROUP", 409), ("BUSYKEY", 409), ("NOAUTH", 502), ("WRONGPASS", 502),
        ("DENIED", 502), ("MOVED", 502), ("ASK", 502), ("CROSSSLOT", 502), ("NOPROTO", 502), ("LOADING", 503), ("BUSY", 503), ("MASTERDOWN", 503), ("READONLY", 503),
        ("CLUSTERDOWN", 503), ("TRYAGAIN", 503), ("NOREPLICAS", 503), ("MISCONF", 503), ("UNKNOWN", 503), ("NOMASTER", 503), ("OOM", 507),
    ]

    static func status(_ reply: Span<UInt8>) -> Int {
        var start = 1
        if reply.count > 0, reply[0] == UInt8(ascii: "!") { start = (ByteSearch.firstIndex(of: ASCII.lineFeed, in: reply) ?? 0) + 1 }
        let text = reply.extracting(min(start, reply.count)..<reply.count)
        if text.begins(with: "ERR no such key") { return 404 }
        var end = 0
        while end < text.count, text[end] > ASCII.space { end += 1 }
        let word = text.extracting(0..<end)
        for (name, status) in statuses where word.spells(name) { return status }
        return 400
    }
}
