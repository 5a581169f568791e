import Bytes
import HTTP1
import RESP
import Rendering

/// A client that follows Redis streams by Server-Sent Events: XREAD asked again and again, each time behind the last entry that
/// was sent, and from `Last-Event-ID` on for a client that comes back.
///
/// Each entry is an event: its fields as JSON, the id to come back with, and where several streams are followed the name of
/// its stream. `$`, the end of a stream, is asked for once, so that nothing is lost that comes to a silent stream between two questions.
/// Likewise a new link is asked where each stream ends: a master that has lost the last entries in a failover gives their ids, or lower
/// ones, to others.
///
///     ends to be asked for ──XREVRANGE for each──▶ following: XREAD BLOCK ──entries──▶ …
///             ▲                                        └──new link──┐
///             └─────────────────────────────────────────────────────┘
///
/// Source: https://redis.io/docs/latest/commands/xread/
public struct StreamFollower: Equatable {
    /// Entries of one reply where the client names no number.
    private static let countUsual = Array("1000".utf8)

    private let count: [UInt8]
    private let names: [[UInt8]]
    private var ids: [[UInt8]]
    /// Whether an id is one that a client has been sent, rather than one that it has chosen.
    private var isSent: [Bool]
    /// The streams whose ends are to be asked for.
    private var pending: [Int] = []

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
        self.count = count ?? Self.countUsual
        names = Array(rest.prefix(rest.count / 2))
        // Of a stream that is named twice Redis sends everything twice, and nobody could say from which place.
        guard Set(names).count == names.count else { return nil }
        ids = Array(rest.suffix(rest.count / 2))
        isSent = names.map { _ in false }
        var told: [UInt8] = []
        told.append(lastEventID)
        let parts = told.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(Array.init)
        // What is no id of ours is as good as none.
        if parts.count == ids.count, parts.allSatisfy({ Self.isID($0) }) {
            ids = parts
            isSent = names.map { _ in true }
        }
        linkIsNew()
    }

    /// The follower that `command`, which has just been read, asks for; nil where its client wants no events.
    static func of(_ command: borrowing GatewayCommand, _ head: RequestHead, in bytes: Span<UInt8>) -> StreamFollower? {
        guard command.name.count == 5, head.method == .get, takesEvents(head, in: bytes) else { return nil }
        return StreamFollower(command.arguments.span, lastEventID: bytes.extracting(head.field("last-event-id", in: bytes) ?? 0..<0))
    }

    /// Whether a client takes Server-Sent Events.
    static func takesEvents(_ head: RequestHead, in bytes: Span<UInt8>) -> Bool {
        guard let value = head.accept else { return false }
        let list = bytes.extracting(value)
        for start in 0..<list.count where ASCII.beginsIgnoringCase(list.extracting(droppingFirst: start), with: "text/event-stream") { return true }
        return false
    }

    private static let end = [UInt8(ascii: "$")]

    private static func isID(_ text: [UInt8]) -> Bool {
        ASCII.isDigit(text.first ?? 0) && text.count <= 41 && text.allSatisfy { ASCII.isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// Whether the ends of streams are still being asked for.
    public var isLocating: Bool { !pending.isEmpty }

    /// What comes next is asked of another link.
    public mutating func linkIsNew() { pending = names.indices.filter { isSent[$0] || ids[$0] == Self.end } }

    /// The request for what comes next; it waits for as long as it takes.
    public var request: [UInt8] {
        var output: [UInt8] = []
        if let place = pending.first {
            CommandWriter.append([Array("XREVRANGE".utf8), names[place], Array("+".utf8), Array("-".utf8), Array("COUNT".utf8), Array("1".utf8)], to: &output)
        } else {
            CommandWriter.append(["XREAD", "COUNT"].map { Array($0.utf8) } + [count] + ["BLOCK", "0", "STREAMS"].map { Array($0.utf8) } + names + ids, to: &output)
        }
        return output
    }

    /// What to come back with: an id of each stream. Nil where one is not known.
    public var eventID: [UInt8]? {
        guard ids.allSatisfy({ Self.isID($0) }) else { return nil }
        return Array(ids.joined(separator: [UInt8(ascii: ",")]))
    }

    /// Appends the line that tells a client what to come back with, before anything has come.
    public func appendEventID(to output: inout [UInt8]) {
        guard let eventID else { return }
        output.append("id: " as StaticString)
        output += eventID
        output.append("\n\n" as StaticString)
    }

    /// Takes a reply to ``request``, and appends the events of it; false where it is an error, or no reply to such a request.
    public mutating func append(_ reply: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        if let place = pending.first {
            guard locate(place, by: reply) else { return false }
            pending.removeFirst()
            return true
        }
        var reader = ReplyReader()
        switch reader.next(in: reply) {
        case .nullArray?, .nullBulkString?, .null?: return true
        case .array(let count)?:
            for _ in 0..<count { guard appendStream(&reader, reply, to: &output) else { return false } }
            return true
        default: return false
        }
    }

    /// Takes the last entry of a stream, or none.
    private mutating func locate(_ place: Int, by reply: Span<UInt8>) -> Bool {
        // Whoever may not ask for it can still be told what comes from now on.
        if reply.begins(with: "-NOPERM") { return true }
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: reply) else { return false }
        var last = Array("0-0".utf8)
        if count > 0 {
            guard case .array(2)? = reader.next(in: reply), case .bulkString(let id)? = reader.next(in: reply) else { return false }
            last = []
            last.append(reply, in: id)
        }
        if ids[place] == Self.end || Self.isLess(last, ids[place]) { ids[place] = last }
        isSent[place] = true
        return true
    }

    /// Whether one id comes before another: two numbers each, the second perhaps left out.
    private static func isLess(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        func parts(_ id: [UInt8]) -> (UInt64, UInt64)? {
            let numbers = id.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map { UInt64(String(decoding: $0, as: UTF8.self)) }
            guard (1...2).contains(numbers.count), let first = numbers[0], let second = numbers.count > 1 ? numbers[1] : 0 else { return nil }
            return (first, second)
        }
        guard let left = parts(left), let right = parts(right) else { return false }
        return left < right
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
            isSent[place] = true
            if names.count > 1 {
                output.append("event: " as StaticString)
                // A line break in a name would end the line.
                output += name.map { $0 < 0x20 ? UInt8(ascii: "_") : $0 }
                output.append(ASCII.lineFeed)
            }
            if let eventID {
                output.append("id: " as StaticString)
                output += eventID
                output.append(ASCII.lineFeed)
            }
            output.append("data: " as StaticString)
            guard case .array(let fields)? = reader.next(in: reply), Self.appendFields(fields, &reader, reply, to: &output) else { return false }
            output.append("\n\n" as StaticString)
        }
        return true
    }

    private static func appendFields(_ count: Int, _ reader: inout ReplyReader, _ reply: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        var ahead = reader
        if count > 2, let repeated = RepeatedFields(count, &ahead, in: reply) {
            reader = ahead
            repeated.append(in: reply, to: &output) { JSONString.append(bytes: $0, to: &$1) }
            return true
        }
        guard count & 1 == 0 else { return false }
        output.append(UInt8(ascii: "{"))
        for field in 0..<count {
            guard case .bulkString(let text)? = reader.next(in: reply) else { return false }
            if field > 0 { output.append(field & 1 == 0 ? UInt8(ascii: ",") : UInt8(ascii: ":")) }
            JSONString.append(bytes: reply.extracting(text), to: &output)
        }
        output.append(UInt8(ascii: "}"))
        return true
    }
}
