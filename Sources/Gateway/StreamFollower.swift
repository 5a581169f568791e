import Bytes
import RESP
import Rendering

/// A client that follows Redis streams by Server-Sent Events: XREAD asked again and again, each time behind the last entry that
/// was sent, and from `Last-Event-ID` on for a client that comes back.
///
/// Each entry is an event: its fields as JSON, the id to come back with, and where several streams are followed the name of
/// its stream. Source: https://redis.io/docs/latest/commands/xread/
public struct StreamFollower: Equatable {
    private let count: [UInt8]?
    private let names: [[UInt8]]
    private var ids: [[UInt8]]

    /// nil where `request`, a whole array of bulk strings, is no XREAD that can be followed.
    ///
    /// - Parameter lastEventID: what the client has heard last; empty for nothing.
    init?(_ request: Span<UInt8>, lastEventID: Span<UInt8>) {
        let arguments = RequestArguments.all(of: request)
        guard arguments.count >= 4, ASCII.equalsIgnoringCase(arguments[0], "XREAD") else { return nil }
        var index = 1
        var count: [UInt8]?
        while index < arguments.count, !ASCII.equalsIgnoringCase(arguments[index], "STREAMS") {
            guard index + 1 < arguments.count else { return nil }
            if ASCII.equalsIgnoringCase(arguments[index], "COUNT") { count = arguments[index + 1] } else if !ASCII.equalsIgnoringCase(arguments[index], "BLOCK") { return nil }
            index += 2
        }
        let rest = arguments[min(index + 1, arguments.count)...]
        guard !rest.isEmpty, rest.count % 2 == 0 else { return nil }
        self.count = count
        names = Array(rest.prefix(rest.count / 2))
        ids = Array(rest.suffix(rest.count / 2))
        var told: [UInt8] = []
        told.append(lastEventID)
        let parts = told.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(Array.init)
        // What is no id of ours is as good as none.
        let isOurs = parts.count == ids.count && parts.allSatisfy { part in !part.isEmpty && part.allSatisfy { ASCII.isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "$") } }
        if isOurs { ids = parts }
    }

    /// The request for what comes next; it waits for as long as it takes.
    public var request: [UInt8] {
        var words = [Array("XREAD".utf8)]
        if let count { words += [Array("COUNT".utf8), count] }
        words += [Array("BLOCK".utf8), Array("0".utf8), Array("STREAMS".utf8)] + names + ids
        var output: [UInt8] = []
        CommandWriter.append(words, to: &output)
        return output
    }

    /// Appends the events of `reply`, a complete reply; false where it is an error, or no reply to such a request.
    public mutating func append(_ reply: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        var reader = ReplyReader()
        switch reader.next(in: reply) {
        case .nullArray?, .nullBulkString?, .null?: return true
        case .array(let count)?:
            for _ in 0..<count { guard appendStream(&reader, reply, to: &output) else { return false } }
            return true
        default: return false
        }
    }

    private mutating func appendStream(_ reader: inout ReplyReader, _ reply: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard case .array(2)? = reader.next(in: reply), case .bulkString(let range)? = reader.next(in: reply), case .array(let count)? = reader.next(in: reply) else { return false }
        var name: [UInt8] = []
        name.append(reply, in: range)
        guard let place = names.firstIndex(of: name) else { return false }
        for _ in 0..<count {
            guard case .array(2)? = reader.next(in: reply), case .bulkString(let id)? = reader.next(in: reply) else { return false }
            ids[place] = []
            ids[place].append(reply, in: id)
            if names.count > 1 {
                output.append("event: " as StaticString)
                // A line break in a name would end the line.
                output += name.map { $0 < 0x20 ? UInt8(ascii: "_") : $0 }
                output.append(ASCII.lineFeed)
            }
            output.append("id: " as StaticString)
            for (index, id) in ids.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                output += id
            }
            output.append("\ndata: {" as StaticString)
            guard case .array(let fields)? = reader.next(in: reply), fields & 1 == 0 else { return false }
            for field in 0..<fields {
                guard case .bulkString(let text)? = reader.next(in: reply) else { return false }
                if field > 0 { output.append(field & 1 == 0 ? UInt8(ascii: ",") : UInt8(ascii: ":")) }
                JSONString.append(bytes: reply.extracting(text), to: &output)
            }
            output.append("}\n\n" as StaticString)
        }
        return true
    }
}
