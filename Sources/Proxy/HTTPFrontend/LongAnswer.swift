import Bytes
import EventLoop
import Forwarding
import Gateway
import Rendering

/// A reply so large that its rendering would hold up everybody on the loop: it is rendered on a thread of its own and sent a
/// slice at a time. Until it is sent whole it counts as in flight, and the replies behind it wait as they came.
///
///     reply ──▶ being rendered ──▶ being sent, a slice for each time that the client has read the one before ──▶ over
struct LongAnswer {
    /// Replies up to this size are rendered where they arrive: that takes less than the 5 ms that others may be kept waiting.
    static let replyBytesMin = 1 << 20
    /// Bytes that are sent at a time.
    static let sliceBytes = 512 << 10

    /// What tells this answer from those before it.
    let number: Int
    /// What has been rendered; nil until it has.
    var output: RenderedAnswer?
    /// Bytes of it that have been sent.
    var sentBytes = 0
    /// Replies that have come since, in order.
    var behind: [HeldReply] = []
    /// Frames for a WebSocket that are to be sent since: no frame may stand within another.
    var framesBehind: [UInt8] = []
    /// Bytes of these, and of the reply itself while it is being rendered.
    var waitingBytes: Int

    /// Bytes that wait for the client to read.
    var owedBytes: Int { waitingBytes + framesBehind.count + (output.map { $0.bytes.count - sentBytes } ?? 0) }
}

/// A reply that waits for the one before it to be sent.
enum HeldReply {
    case whole(HeldBuffer)
    case skipped(UnfinishedWork.Skipped)
}

/// The bytes of a reply that waits.
final class HeldBuffer {
    var bytes: ByteBuffer

    init(_ bytes: consuming ByteBuffer) { self.bytes = bytes }
}

/// A response that was rendered elsewhere.
final class RenderedAnswer {
    let bytes: [UInt8]
    /// The status of the response that begins with it; nil where none does.
    let status: Int?
    /// Whether the connection stays open behind it.
    let keepsConnection: Bool
    /// Bytes of the reply that it was rendered from.
    let replyBytes: Int
    /// Whether there was no memory to render it, so that there are no bytes.
    var isRefused: Bool { bytes.isEmpty }
    private var held = HeldBytes()

    init(_ bytes: [UInt8] = [], status: Int? = nil, keepsConnection: Bool = true, replyBytes: Int) {
        self.bytes = bytes
        self.keepsConnection = keepsConnection
        self.replyBytes = replyBytes
        self.status = status
        held.change(to: bytes.count)
    }
}

/// What is to be rendered elsewhere. Of several commands' answer nothing else is done meanwhile.
struct RenderJob: ~Copyable {
    let owner: RequestLedger.Owner
    let number: Int
    let reply: ByteBuffer
    let shown: ReplyPresentation
    let isFrame: Bool
    let rules: GatewayRules
    let memory: MemoryBounds

    /// Renders it, where there is memory for the longest that it may become.
    consuming func run() -> RenderedAnswer {
        let span = reply.readable.bindMemory(to: UInt8.self).span
        let most = RenderCost.bytesMax(span, shown.format.renderer)
        // A batch collects what is rendered before it is sent.
        guard memory.mayHold(shown.batch == nil ? most : 2 * most) else { return RenderedAnswer(replyBytes: reply.count) }
        if let batch = shown.batch { return Self.render(span, batch, rules) }
        var output: [UInt8] = []
        output.reserveCapacity(most)
        if isFrame {
            WebSocketAnswer.append(shown, reply: span, rules, to: &output)
            return RenderedAnswer(output, replyBytes: reply.count)
        }
        let status = GatewayResponse.append(shown, reply: span, rules, to: &output)
        return RenderedAnswer(output, status: status, keepsConnection: shown.framing.keepAlive, replyBytes: reply.count)
    }

    /// Renders the reply to one of several commands, and takes all out of their answer that is there to be sent.
    private static func render(_ reply: Span<UInt8>, _ batch: BatchAnswer, _ rules: GatewayRules) -> RenderedAnswer {
        var output: [UInt8] = []
        guard batch.add(reply) else {
            let begins = batch.appendPart(rules, to: &output)
            return RenderedAnswer(output, status: begins ? 200 : nil, replyBytes: reply.count)
        }
        let begins = !batch.hasBegun
        let status = batch.append(rules, to: &output)
        let keepsConnection = begins ? batch.presentation.framing.keepAlive : batch.keepsConnection
        return RenderedAnswer(output, status: begins ? status : nil, keepsConnection: keepsConnection, replyBytes: reply.count)
    }
}

/// The thread on which one loop has long answers rendered and large requests planned; it is started with the first of them.
final class RenderRoom {
    private let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    /// Starts the thread; nil where the system grants none.
    static func start(_ index: Int) -> LoopThread<RenderRoom>? {
        try? LoopThread(name: "render-\(index)") { loop, _ in RenderRoom(loop) } failed: { _ in }
    }

    func run(_ job: consuming RenderJob, to worker: Mailbox<Worker>) {
        let (owner, number) = (job.owner, job.number)
        let answer = Handoff(job.run())
        worker.post { worker in
            if let answer = answer.take() { (worker.clients[owner] as? HTTPConnection)?.rendered(answer, number: number) }
        }
    }

    func stop() { loop.stop() }
}
