import Access
import Bytes
import RESP

/// Whether the words by which a command is told from others are read by Redis as they are read here.
///
/// Redis compares them as C strings, which end at a zero byte, and finds names by a hash of their whole: `BLOCK\0x` is BLOCK
/// to it, and `FLUSHALL\0n` may be FLUSHALL. So a word that is not all visible ASCII might be any.
enum CommandWords {
    /// Whether the name, the subcommand and the options that change what a command reaches or waits for are all visible ASCII.
    ///
    /// - Parameter rules: of which those about access may tell commands apart by their first argument.
    static func areReadable(_ request: Span<UInt8>, name: Range<Int>, firstArgument: Range<Int>?, _ rules: GatewayRules) -> Bool {
        let word = request.extracting(name)
        guard VisibleASCII.isAll(word) || (rules.isWebdis && isForeignName(word)) else { return false }
        let access = rules.access
        if let firstArgument, !VisibleASCII.isAll(request.extracting(firstArgument)),
            CommandTable.standard.isContainer(word) || (!access.isOpen && access.namesSubcommands(of: word))
        {
            return false
        }
        switch word.count {
        case 4 where ASCII.equalsIgnoringCase(word, "COPY"): return areOptionsReadable(request, from: 3) { _ in 0 }
        case 5 where ASCII.equalsIgnoringCase(word, "XREAD"), 10 where ASCII.equalsIgnoringCase(word, "XREADGROUP"):
            return areOptionsReadable(request, from: 1, StreamReadOptions.valueCount)
        default: return true
        }
    }

    /// Whether a name has letters that are no ASCII, and otherwise none that could end a word: Redis knows no such command, and Webdis's
    /// clients are told so in Redis's words.
    private static func isForeignName(_ name: Span<UInt8>) -> Bool {
        for index in 0..<name.count where name[index] <= ASCII.space || name[index] == 0x7F { return false }
        return true
    }

    /// Goes through the arguments from `first` on, of which `valueCount` says how many values follow an option.
    private static func areOptionsReadable(_ request: Span<UInt8>, from first: Int, _ valueCount: (Span<UInt8>) -> Int?) -> Bool {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: request) else { return false }
        var skipped = first
        for _ in 0..<count {
            guard case .bulkString(let range)? = reader.next(in: request) else { return false }
            if skipped > 0 {
                skipped -= 1
                continue
            }
            let word = request.extracting(range)
            guard VisibleASCII.isAll(word) else { return false }
            guard let values = valueCount(word) else { return true }
            skipped = values
        }
        return true
    }
}
