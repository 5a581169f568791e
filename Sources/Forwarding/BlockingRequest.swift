import Bytes
import RESP

/// A command that waits, sent again after a part of its time has passed.
///
/// | command | where the time stands |
/// |---|---|
/// | BLPOP, BRPOP, BZPOPMIN, BZPOPMAX, BLMOVE, BRPOPLPUSH | last, in seconds |
/// | BLMPOP, BZMPOP | first, in seconds |
/// | XREAD, XREADGROUP | behind BLOCK, in milliseconds |
///
/// Source: https://redis.io/docs/latest/commands/?group=list and the pages of each.
public enum BlockingRequest {
    /// The shortest time left: 0 would mean for ever.
    private static let millisecondsMin = 1

    private static let timeStandsLast: [StaticString] = ["BLPOP", "BRPOP", "BZPOPMIN", "BZPOPMAX", "BLMOVE", "BRPOPLPUSH"]
    private static let timeStandsFirst: [StaticString] = ["BLMPOP", "BZMPOP"]

    /// `request` with the time left of it when `elapsed` milliseconds have passed; unchanged where it is none that waits, where
    /// it waits for ever, or where the time cannot be read.
    public static func resumed(_ request: [UInt8], elapsedMilliseconds elapsed: Int) -> [UInt8] {
        var arguments = RequestArguments.all(of: request.span)
        guard let name = arguments.first, arguments.count > 2 else { return request }
        if ASCII.equalsIgnoringCase(name, "XREAD") || ASCII.equalsIgnoringCase(name, "XREADGROUP") {
            guard let word = arguments.firstIndex(where: { CommandWord.equals($0.span, "BLOCK") }), word + 1 < arguments.count,
                let milliseconds = Decimal.parseIndex(arguments[word + 1]), milliseconds > 0
            else { return request }
            arguments[word + 1] = Array("\(max(millisecondsMin, milliseconds - elapsed))".utf8)
        } else {
            let isFirst = timeStandsFirst.contains { ASCII.equalsIgnoringCase(name, $0) }
            guard isFirst || timeStandsLast.contains(where: { ASCII.equalsIgnoringCase(name, $0) }) else { return request }
            let place = isFirst ? 1 : arguments.count - 1
            guard let seconds = Double(String(decoding: arguments[place], as: UTF8.self)), seconds > 0, seconds < 1e15 else { return request }
            let left = max(millisecondsMin, Int(seconds * 1000) - elapsed)
            arguments[place] = Array("\(left / 1000).\(String(left % 1000 + 1000).dropFirst())".utf8)
        }
        var output: [UInt8] = []
        CommandWriter.append(arguments, to: &output)
        return output
    }
}
