import Bytes
import HTTP1
import RESP
import Rendering

/// Several commands of one request, and the answer that is made of their replies.
public struct GatewayBatch {
    public enum Part {
        case command(GatewayCommand)
        /// It is not run, and its place in the answer says why.
        case refused(GatewayAnswer, ReplyPresentation)
    }

    public let parts: [Part]
    public let answer: BatchAnswer

    /// The commands that are run.
    public var commands: [GatewayCommand] {
        parts.compactMap { if case .command(let command) = $0 { command } else { nil } }
    }

    /// The commands as one transaction: MULTI, all of them, EXEC; with the number of replies to come.
    public var transaction: (requests: [UInt8], count: Int) {
        var requests = CommandWriter.encode("MULTI")
        for case .command(let command) in parts { requests += command.arguments }
        requests += CommandWriter.encode("EXEC")
        return (requests, parts.count + 2)
    }
}
