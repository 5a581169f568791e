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
    /// Commands that are too large to be taken out of ``written`` in one piece, so that they stand here as well.
    private var large: [Int: GatewayCommand] = [:]
    /// Where the first command begins in ``written``, and where each ends.
    private let first: Int
    private let ends: [Int]
    /// Why those are not run that are not.
    private let refusals: [Int: GatewayAnswer]
    private let database: Int
    private let shown: ReplyPresentation
    /// The command whose turn it is.
    private var place = 0
    private var held = HeldBytes()

    /// - Parameters:
    ///   - written: the commands; of a transaction from MULTI to EXEC.
    ///   - shown: how each command's reply is shown, as a part of `answer`.
    init(_ written: [UInt8], first: Int, ends: [Int], refusals: [Int: GatewayAnswer], database: Int, _ shown: ReplyPresentation, _ answer: BatchAnswer) {
        self.written = written
        self.first = first
        self.ends = ends
        self.refusals = refusals
        self.database = database
        self.shown = shown
        self.answer = answer
        held.change(to: written.count + ends.count * MemoryLayout<Int>.size)
        guard written.count > LargeRequest.bytesMin, !answer.isTransaction else { return }
        for index in ends.indices where bytes(of: index).count > LargeRequest.bytesMin { large[index] = command(index) }
    }

    /// The part whose turn it is; nil behind the last.
    public var next: Part? { part(place) }

    /// The part whose turn it was is dealt with.
    public func advance() { place += 1 }

    private func part(_ index: Int) -> Part? {
        guard index < ends.count else { return nil }
        if let refusal = refusals[index] { return .refused(refusal, shown) }
        return .command(large[index] ?? command(index))
    }

    private func bytes(of index: Int) -> Range<Int> { (index > 0 ? ends[index - 1] : first)..<ends[index] }

    private func command(_ index: Int) -> GatewayCommand { GatewayCommand(again: Array(written[bytes(of: index)]), database: database, shown) }

    /// Whether `holds` is true of the names and first arguments of all commands.
    public func allCommands(_ holds: (_ name: Span<UInt8>, _ firstArgument: Span<UInt8>) -> Bool) -> Bool {
        let written = written
        for index in ends.indices {
            let request = written.span.extracting(bytes(of: index))
            var reader = ReplyReader()
            guard case .array? = reader.next(in: request), case .bulkString(let name)? = reader.next(in: request) else { return false }
            var second = 0..<0
            if case .bulkString(let range)? = reader.next(in: request) { second = range }
            if !holds(request.extracting(name), request.extracting(second)) { return false }
        }
        return true
    }

    /// The commands as one transaction: MULTI, all of them, EXEC; with the number of replies to come.
    public var transaction: (requests: [UInt8], count: Int) { (written, ends.count + 2) }
}
