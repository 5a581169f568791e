import Bytes

/// The glob patterns of KEYS and PSUBSCRIBE: `?`, `*`, `[a-z]`, `[^a]` and `\` before a byte that stands for itself.
/// Source: https://redis.io/docs/latest/commands/keys/
public enum GlobPattern {
    /// Whether the whole of `text` matches. Takes time in proportion to the product of both lengths at most.
    public static func matches(_ pattern: Span<UInt8>, _ text: Span<UInt8>) -> Bool {
        var place = 0
        var index = 0
        // Where to go on from when what stands behind the last `*` fits no more: one byte further than the last time.
        var retryPlace = -1
        var retryIndex = 0
        while true {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                place &+= 1
                retryPlace = place
                retryIndex = index
                continue
            }
            if index == text.count, place == pattern.count { return true }
            if index < text.count, place < pattern.count, let next = step(pattern, place, text[index]) {
                place = next
                index &+= 1
                continue
            }
            guard retryPlace >= 0, retryIndex < text.count else { return false }
            retryIndex &+= 1
            place = retryPlace
            index = retryIndex
        }
    }

    /// The place behind the element at `place`, if it matches `byte`.
    private static func step(_ pattern: Span<UInt8>, _ place: Int, _ byte: UInt8) -> Int? {
        switch pattern[place] {
        case UInt8(ascii: "?"): return place &+ 1
        case UInt8(ascii: "["): return set(pattern, place &+ 1, byte)
        case UInt8(ascii: "\\") where place &+ 1 < pattern.count: return pattern[place &+ 1] == byte ? place &+ 2 : nil
        default: return pattern[place] == byte ? place &+ 1 : nil
        }
    }

    /// The same for a set whose bracket has been read; one without its closing bracket reaches to the pattern's end.
    private static func set(_ pattern: Span<UInt8>, _ start: Int, _ byte: UInt8) -> Int? {
        var place = start
        var isNegated = false
        if place < pattern.count, pattern[place] == UInt8(ascii: "^") {
            isNegated = true
            place &+= 1
        }
        var isMember = false
        while place < pattern.count, pattern[place] != UInt8(ascii: "]") {
            if pattern[place] == UInt8(ascii: "\\"), place &+ 1 < pattern.count {
                if pattern[place &+ 1] == byte { isMember = true }
                place &+= 2
            } else if place &+ 2 < pattern.count, pattern[place &+ 1] == UInt8(ascii: "-"), pattern[place &+ 2] != UInt8(ascii: "]") {
                let (low, high) = (min(pattern[place], pattern[place &+ 2]), max(pattern[place], pattern[place &+ 2]))
                if byte >= low, byte <= high { isMember = true }
                place &+= 3
            } else {
                if pattern[place] == byte { isMember = true }
                place &+= 1
            }
        }
        let end = place < pattern.count ? place &+ 1 : place
        return isMember != isNegated ? end : nil
    }
}
