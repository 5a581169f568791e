/// What is changed in the reply to a command that runs on a link for itself, so that it holds for the client behind the proxy.
public enum ReplyTranslation: Sendable {
    /// The cursor of SCAN and its like (``ScanCursor``).
    case cursor
    /// The number of clients in the text of INFO (``InformationReply``).
    case information

    /// What becomes of a reply of which the first bytes have come.
    public enum Outcome: Equatable {
        /// More of the reply has to come.
        case incomplete
        /// The reply stays as it is.
        case asItIs
        /// These stand for the first `count` bytes.
        case replaced(count: Int, by: [UInt8])
    }
}
