import Bytes

/// The arguments of a complete request that is an array of bulk strings, copied out: for the few commands that the proxy
/// answers itself.
public enum RequestArguments {
    /// All arguments of `request`, which ``RequestScanner`` has found complete; those that are whole, where it is not.
    public static func all(of request: Span<UInt8>) -> [[UInt8]] {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: request) else { return [] }
        var arguments: [[UInt8]] = []
        for _ in 0..<count {
            guard case .bulkString(let range)? = reader.next(in: request) else { return arguments }
            var argument: [UInt8] = []
            argument.append(request, in: range)
            arguments.append(argument)
        }
        return arguments
    }
}
