import Bytes
import RESP

/// Commands that Upstash's server knows and Redis does not, as Redis knows them.
///
/// | Upstash's | becomes |
/// |---|---|
/// | a script whose first line has `allow-key-locking` among its flags, as @upstash/ratelimit's | the script without that flag |
/// | `SCAN … WITHTYPE` | a script that scans, and asks for the type of each key |
public enum UpstashCommand {
    private static let lockingFlag = Array("allow-key-locking".utf8)
    /// No SCAN has more options.
    private static let scanArgumentsMax = 16

    private static let scanScript = """
        local found = redis.call('SCAN', unpack(ARGV))
        local all = {}
        for _, key in ipairs(found[2]) do
            local kind = redis.call('TYPE', key)
            all[#all + 1] = key
            all[#all + 1] = type(kind) == 'table' and kind.ok or kind
        end
        return {found[1], all}
        """

    /// What Redis is asked in place of `request`, a whole array of bulk strings with its name at `name`; nil where it is asked just that.
    static func translated(_ request: Span<UInt8>, name: Range<Int>) -> [[UInt8]]? {
        let word = request.extracting(name)
        switch word.count {
        case 4 where ASCII.equalsIgnoringCase(word, "SCAN") || ASCII.equalsIgnoringCase(word, "EVAL"): break
        case 6 where ASCII.equalsIgnoringCase(word, "SCRIPT"): break
        case 7 where ASCII.equalsIgnoringCase(word, "EVAL_RO"): break
        default: return nil
        }
        return translated(RequestArguments.all(of: request))
    }

    /// The same for the arguments of a command, its name among them.
    static func translated(_ arguments: [[UInt8]]) -> [[UInt8]]? {
        guard arguments.count > 1 else { return nil }
        if ASCII.equalsIgnoringCase(arguments[0], "SCAN") { return scan(arguments) }
        let isLoad = arguments.count > 2 && ASCII.equalsIgnoringCase(arguments[0], "SCRIPT") && ASCII.equalsIgnoringCase(arguments[1], "LOAD")
        let place = isLoad ? 2 : 1
        guard isLoad || ASCII.equalsIgnoringCase(arguments[0], "EVAL") || ASCII.equalsIgnoringCase(arguments[0], "EVAL_RO"),
            let script = withoutLocking(arguments[place])
        else { return nil }
        var translated = arguments
        translated[place] = script
        return translated
    }

    /// Whether `request`, an EVAL, is what stands for SCAN, so that its cursor is one.
    public static func isScan(_ request: Span<UInt8>) -> Bool {
        var reader = ReplyReader()
        guard case .array? = reader.next(in: request), case .bulkString? = reader.next(in: request), case .bulkString(let script)? = reader.next(in: request) else { return false }
        return script.count == scanScriptBytes.count && request.extracting(script).isEqual(to: scanScriptBytes.span)
    }

    private static let scanScriptBytes = Array(scanScript.utf8)

    private static func scan(_ arguments: [[UInt8]]) -> [[UInt8]]? {
        guard arguments.count <= scanArgumentsMax else { return nil }
        // Options have one value each; what stands as a value is none.
        var index = 2
        while index < arguments.count {
            if ASCII.equalsIgnoringCase(arguments[index], "WITHTYPE") { break }
            index += 2
        }
        guard index < arguments.count else { return nil }
        var rest = arguments.dropFirst()
        rest.remove(at: index)
        return ["EVAL", scanScript, "0"].map { Array($0.utf8) } + rest
    }

    /// The script without the flag; nil where it has none. A first line that says nothing else goes, and its end stays, so that errors name
    /// the right line.
    private static func withoutLocking(_ script: [UInt8]) -> [UInt8]? {
        guard script.starts(with: "#!lua".utf8) else { return nil }
        let end = script.firstIndex(of: ASCII.lineFeed) ?? script.count
        let words = script[..<end].split(separator: ASCII.space)
        var kept: [[UInt8]] = []
        var isFound = false
        for word in words {
            guard word.starts(with: "flags=".utf8) else {
                kept.append(Array(word))
                continue
            }
            let flags = word.dropFirst(6).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(Array.init)
            let others = flags.filter { $0 != lockingFlag }
            isFound = isFound || others.count < flags.count
            if !others.isEmpty { kept.append(Array("flags=".utf8) + Array(others.joined(separator: [UInt8(ascii: ",")]))) }
        }
        guard isFound else { return nil }
        let line = kept.count > 1 ? Array(kept.joined(separator: [ASCII.space])) : []
        return line + script[end...]
    }
}
