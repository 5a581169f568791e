import Bytes

/// A word that Redis looks at: a command's name, a subcommand, an option.
///
/// Redis compares these as C strings (`strcasecmp`), which end at the first NUL: `BLOCK\0x` is BLOCK to it. A word with a byte
/// outside of 0x21 to 0x7E may so be read otherwise than it looks, and is never honest.
public enum CommandWord {
    /// Whether every byte is a visible ASCII character, so that Redis reads the word as it looks.
    public static func isPlain(_ word: Span<UInt8>) -> Bool { VisibleASCII.isAll(word) }

    /// Whether Redis takes `word` for `expected`: whatever its case, and whatever stands after a NUL.
    public static func equals(_ word: Span<UInt8>, _ expected: StaticString) -> Bool {
        let count = expected.utf8CodeUnitCount
        guard word.count >= count, word.count == count || word[count] == 0 else { return false }
        return ASCII.equalsIgnoringCase(word.extracting(0..<count), expected)
    }
}

/// The channel on which sentinels tell each other of themselves and of the master.
public enum SentinelChannel {
    public static let hello: StaticString = "__sentinel__:hello"
}
