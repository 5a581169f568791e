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
        self = Self.mayBlock(traits, request, name: nameBytes) ? .exclusive : .shared
    }

    /// Whether the command may keep its connection waiting for something to happen.
    static func mayBlock(_ traits: CommandTraits, _ request: Span<UInt8>, name: Span<UInt8>) -> Bool {
        // Redis 7.0 does not call these two blocking, and they are.
        if ASCII.equalsIgnoringCase(name, "WAIT") || ASCII.equalsIgnoringCase(name, "WAITAOF") { return true }
        guard traits.flags.contains(.blocking) else { return false }
        guard ASCII.equalsIgnoringCase(name, "XREAD") || ASCII.equalsIgnoringCase(name, "XREADGROUP") else { return true }
        // And these two block only when told to.
        return RequestArguments.all(of: request).contains { ASCII.equalsIgnoringCase($0.span, "BLOCK") }
    }
}
