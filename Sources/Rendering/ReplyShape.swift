import Bytes

/// How a command's successful reply is arranged. Errors and nil look the same in every shape.
///
/// Webdis arranges a few commands specially in JSON, and the first two in MessagePack too. Each shape is one case here and
/// one function of ``JSONWriter`` that writes it. A shape says what a reply may look like, not what it must: a reply of
/// another form (`XCLAIM … JUSTID`, `GEORADIUS` without `WITH…`, a map of RESP3, nil among the messages) is written as it
/// stands, so that no argument has to be looked at and nothing is lost.
public enum ReplyShape: Equatable, Sendable {
    /// As it stands: lists stay lists.
    case plain
    /// A flat list of fields and values as an object: HGETALL.
    case fieldsAndValues
    /// The text of INFO, `key:value` by line, as an object.
    case information
    /// Messages of a stream: XRANGE, XREVRANGE, XCLAIM.
    case messages
    /// Streams with their messages: XREAD, XREADGROUP.
    case streams
    /// Messages that wait to be acknowledged, summed up or one by one: XPENDING.
    case pending
    /// Places with their distances, hashes and coordinates: every command whose name begins with GEORADIUS.
    case places

    public init(command name: Span<UInt8>) {
        self =
            switch name.count {
            case 4 where ASCII.equalsIgnoringCase(name, "INFO"): .information
            case 5 where ASCII.equalsIgnoringCase(name, "XREAD"): .streams
            case 6 where ASCII.equalsIgnoringCase(name, "XRANGE") || ASCII.equalsIgnoringCase(name, "XCLAIM"): .messages
            case 7 where ASCII.equalsIgnoringCase(name, "HGETALL"): .fieldsAndValues
            case 8 where ASCII.equalsIgnoringCase(name, "XPENDING"): .pending
            case 9 where ASCII.equalsIgnoringCase(name, "XREVRANGE"): .messages
            case 10 where ASCII.equalsIgnoringCase(name, "XREADGROUP"): .streams
            case 9... where ASCII.equalsIgnoringCase(name.extracting(0..<9), "GEORADIUS"): .places
            default: .plain
            }
    }
}
