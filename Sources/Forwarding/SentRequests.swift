import Bytes
import RESP

/// The requests on a client's own link that have no reply yet, kept to be run again where the link is lost.
///
/// One entry for each reply that is awaited, oldest first. A request larger than there is room for is counted and not
/// kept, so that memory stays within ``bytesMax``.
struct SentRequests: ~Copyable {
    struct Entry {
        let kind: CommandKind
        /// All its bytes, kept or not.
        var byteCount: Int
        var isKept: Bool
        /// When it was sent; monotonic milliseconds.
        let sentAt: Int
        /// Whether it has cost a link before.
        var isRerun = false
    }

    private let bytesMax: Int
    private var bytes = ByteBuffer()
    private var entries = AwaitedQueue<Entry>()
    /// All bytes of the entries, kept or not.
    private var totalBytes = 0

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var count: Int { entries.count }
    /// Bytes of requests that are kept.
    var keptBytes: Int { bytes.capacity }

    /// Forgets all of them, and keeps what memory a usual request needs.
    mutating func removeAll() {
        bytes.consume(bytes.count)
        entries.removeAll()
        totalBytes = 0
    }

    /// Notes that `request` has been sent whole.
    mutating func append(_ request: Span<UInt8>, _ kind: CommandKind, at now: Int, isRerun: Bool = false) {
        let isKept = bytes.count + request.count <= bytesMax
        if isKept { request.withUnsafeBytes { bytes.append($0) } }
        entries.append(Entry(kind: kind, byteCount: request.count, isKept: isKept, sentAt: now, isRerun: isRerun))
        totalBytes += request.count
    }

    /// Notes that a request has been begun that comes in pieces, and so is not kept.
    mutating func appendBegun(_ kind: CommandKind, at now: Int) {
        entries.append(Entry(kind: kind, byteCount: 0, isKept: false, sentAt: now))
    }

    /// Notes that a piece of the last request has been sent.
    mutating func pieceSent(_ byteCount: Int) {
        guard count > 0 else { return }
        entries.last?.byteCount += byteCount
        totalBytes += byteCount
    }

    /// What kind of command is answered next; nil where none is awaited.
    var firstKind: CommandKind? { entries.first?.kind }

    /// The first request, which may be nil because it is not kept.
    var firstRequest: [UInt8]? {
        guard let first = entries.first, first.isKept else { return nil }
        var request: [UInt8] = []
        bytes.withSpan { request.append($0, in: 0..<min(first.byteCount, $0.count)) }
        return request
    }

    /// Notes that the first request has been answered.
    mutating func removeFirst() {
        guard let first = entries.first else { return }
        totalBytes -= first.byteCount
        if first.isKept { bytes.consume(min(first.byteCount, bytes.count)) }
        entries.removeFirst()
    }

    /// All of them, oldest first: each with its bytes, nil where they were not kept, and whether it was handed to the kernel
    /// whole, when the last `unsentBytes` of the link were not.
    func all(unsentBytes: Int) -> [(entry: Entry, request: [UInt8]?, wasHandedOver: Bool)] {
        var position = 0
        var keptAt = 0
        let handedOver = totalBytes - unsentBytes
        return entries.all.map { entry in
            position += entry.byteCount
            var request: [UInt8]?
            if entry.isKept {
                var copy: [UInt8] = []
                bytes.withSpan { copy.append($0, in: min(keptAt, $0.count)..<min(keptAt + entry.byteCount, $0.count)) }
                keptAt += entry.byteCount
                request = copy
            }
            return (entry, request, position <= handedOver)
        }
    }
}
