import Bytes
import HTTP1
import RESP
import Rendering

/// Several commands of one request, and the answer that is made of their replies. The commands lie one behind another as they were
/// written, and each is taken out when its turn comes, so that a batch takes little more memory than its request.
public final class GatewayBatch {
    public enum Part {
        case command(GatewayCommand)
        /// It is not run, and its place in the answer says why.
        case refused(GatewayAnswer, ReplyPresentation)
    }

    public let answer: BatchAnswer
    private let written: [UInt8]
    /// Where each command ends in ``written``.
    private let ends: [Int]
    /// Why those are not run that are not.
    private let refusals: [Int: GatewayAnswer]
    private let database: Int
    private let shown: ReplyPresentation
    /// The command whose turn it is.
    private var place = 0
    private var held = HeldBytes()

    /// - Parameter shown: how each command's reply is shown, as a part of `answer`.
    init(_ written: [UInt8], ends: [Int], refusals: [Int: GatewayAnswer], database: Int, _ shown: ReplyPresentation, _ answer: BatchAnswer) {
        self.written = written
        self.ends = ends
        self.refusals = refusals
        self.database = database
        self.shown = shown
        self.answer = answer
        held.change(to: written.count + ends.count * MemoryLayout<Int>.size)
    }

    /// The part whose turn it is; nil behind the last.
    public var next: Part? { part(place) }

    /// The part whose turn it was is dealt with.
    public func advance() { place += 1 }

    private func part(_ index: Int) -> Part? {
        guard index < ends.count else { return nil }
        if let refusal = refusals[index] { return .refused(refusal, shown) }
        let start = index > 0 ? ends[index - 1] : 0
        return .command(GatewayCommand(again: Array(written[start..<ends[index]]), database: database, shown))
    }

    /// Whether all of the commands are such that `holds` is true of them; the refused ones left out.
    public func allCommands(_ holds: (borrowing GatewayCommand) -> Bool) -> Bool {
        for index in ends.indices {
            if case .command(let command)? = part(index), !holds(command) { return false }
        }
        return true
    }

    /// The commands as one transaction: MULTI, all of them, EXEC; with the number of replies to come.
    public var transaction: (requests: [UInt8], count: Int) { (CommandWriter.encode("MULTI") + written + CommandWriter.encode("EXEC"), ends.count + 2) }
}
