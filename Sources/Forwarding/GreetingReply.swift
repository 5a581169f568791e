import RESP

/// The reply to a client's HELLO, made from what the server said of itself when a shared link greeted it.
///
/// Source: https://redis.io/docs/latest/commands/hello/
public enum GreetingReply {
    /// - Parameters:
    ///   - facts: the server's reply to HELLO, in either form.
    ///   - clientID: what the client is told as its `id`.
    public static func make(_ facts: ReplyValue, protocolVersion: Int, clientID: Int64) -> [UInt8] {
        var pairs = facts.elements ?? []
        var index = 0
        while index + 1 < pairs.count {
            switch pairs[index].text {
            case "proto": pairs[index + 1] = .integer(Int64(protocolVersion))
            case "id": pairs[index + 1] = .integer(clientID)
            default: break
            }
            index += 2
        }
        var output: [UInt8] = []
        ReplyWriter.append(.map(pairs), protocolVersion: protocolVersion, to: &output)
        return output
    }
}
