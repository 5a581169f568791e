import Bytes
import RESP

/// A question that is asked before a command, and whose answer goes into the head of that command's response: how long a value is of
/// which a part is wanted, or how long a key still lives.
///
/// The command and the question go out behind one another. It lives on one loop, with the connection that it is for.
public final class ReplyPreface: Equatable {
    enum Question: Equatable {
        /// STRLEN
        case range(ByteRange)
        /// PTTL
        case lifetime
    }

    let question: Question
    let key: [UInt8]
    /// What was answered; nil where it has not been, or was no number.
    private(set) var number: Int64?

    init(_ question: Question, key: [UInt8]) {
        self.question = question
        self.key = key
    }

    /// The question as a request.
    var request: [UInt8] {
        var output: [UInt8] = []
        let name = if case .range = question { "STRLEN" } else { "PTTL" }
        CommandWriter.append([Array(name.utf8), key], to: &output)
        return output
    }

    /// Takes the answer.
    func take(_ reply: Span<UInt8>) {
        var reader = ReplyReader()
        if case .integer(let number)? = reader.next(in: reply) { self.number = number }
    }

    public static func == (left: ReplyPreface, right: ReplyPreface) -> Bool { left === right }
}
