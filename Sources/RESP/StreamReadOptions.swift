import Bytes

/// The options of XREAD and XREADGROUP, which stand before their keys. Source: https://redis.io/docs/latest/commands/xreadgroup/
public enum StreamReadOptions {
    /// How many values follow the option `word`: none follow one that is not known. Nil for STREAMS, behind which the keys stand.
    public static func valueCount(of word: Span<UInt8>) -> Int? {
        if ASCII.equalsIgnoringCase(word, "STREAMS") { return nil }
        if ASCII.equalsIgnoringCase(word, "GROUP") { return 2 }
        for other in ["COUNT", "BLOCK", "CLAIM"] as [StaticString] where ASCII.equalsIgnoringCase(word, other) { return 1 }
        return 0
    }
}
