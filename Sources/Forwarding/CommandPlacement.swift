import Bytes
import RESP

/// On which kind of link one whole request may run.
package enum CommandPlacement: Sendable, Equatable {
    /// Together with the requests of others: it is answered at once and leaves nothing behind.
    case shared
    /// On a link of its own: it may block, or would leave something behind for whoever comes next.
    case exclusive

    /// The placement of `request`, an array of bulk strings whose name and second argument stand at the given places.
    package init(_ request: Span<UInt8>, name: Range<Int>, second: Range<Int>, table: CommandTable) {
        let nameBytes = request.extracting(name)
        let secondBytes = request.extracting(second)
        let traits = table.traits(of: nameBytes, second: secondBytes)
        guard ConnectionEffect(traits, name: nameBytes, second: secondBytes) == .none else {
            self = .exclusive
            return
        }
        if ASCII.equalsIgnoringCase(nameBytes, "WAIT") || ASCII.equalsIgnoringCase(nameBytes, "WAITAOF") {
            self = .exclusive
        } else if !traits.flags.contains(.blocking) {
            self = .shared
        } else if ASCII.equalsIgnoringCase(nameBytes, "XREAD") || ASCII.equalsIgnoringCase(nameBytes, "XREADGROUP") {
            // These two block only when told to.
            let blocks = RequestArguments.all(of: request).contains { ASCII.equalsIgnoringCase($0.span, "BLOCK") }
            self = blocks ? .exclusive : .shared
        } else {
            self = .exclusive
        }
    }
}
