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
    }

    private let bytesMax: Int
    private var bytes = ByteBuffer()
    /// Those from ``head`` to ``tail`` are awaited; the places of others are used again.
    private var entries: [Entry] = []
    private var head = 0
    private var tail = 0
    /// All bytes of the entries, kept or not.
    private var totalBytes = 0

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var count: Int { tail - head }

    /// Forgets all of them, and keeps what memory a usual request needs.
    mutating func removeAll() {
        bytes.consume(bytes.count)
        if entries.count > 64 { entries = [] }
        (head, tail, totalBytes) = (0, 0, 0)
    }

    /// Notes that `request` has been sent whole.
    mutating func append(_ request: Span<UInt8>, _ kind: CommandKind, at now: Int) {
        let isKept = bytes.count + request.count <= bytesMax
        if isKept { request.withUnsafeBytes { bytes.append($0) } }
        append(Entry(kind: kind, byteCount: request.count, isKept: isKept, sentAt: now))
        totalBytes += request.count
    }

    /// Notes that a request has been begun that comes in pieces, and so is not kept.
    mutating func appendBegun(_ kind: CommandKind, at now: Int) {
        append(Entry(kind: kind, byteCount: 0, isKept: false, sentAt: now))
    }

    private mutating func append(_ entry: Entry) {
        if tail < entries.count { entries[tail] = entry } else { entries.append(entry) }
        tail += 1
    }

    /// Notes that a piece of the last request has been sent.
    mutating func pieceSent(_ byteCount: Int) {
        guard count > 0 else { return }
        entries[tail - 1].byteCount += byteCount
        totalBytes += byteCount
    }

    /// What kind of command is answered next; nil where none is awaited.
    var firstKind: CommandKind? { count > 0 ? entries[head].kind : nil }

    /// The first request, which may be nil because it is not kept.
    var firstRequest: [UInt8]? {
        guard count > 0, entries[head].isKept else { return nil }
        var request: [UInt8] = []
        bytes.withSpan { request.append($0, in: 0..<min(entries[head].byteCount, $0.count)) }
        return request
    }

    /// Notes that the first request has been answered.
    mutating func removeFirst() {
        guard count > 0 else { return }
        totalBytes -= entries[head].byteCount
        if entries[head].isKept { bytes.consume(min(entries[head].byteCount, bytes.count)) }
        head += 1
        if head == tail {
            (head, tail) = (0, 0)
        } else if head >= 64, head * 2 >= tail {
            entries.removeFirst(head)
            (head, tail) = (0, tail - head)
        }
    }

    /// All of them, oldest first: each with its bytes, nil where they were not kept, and whether it was handed to the kernel
    /// whole, when the last `unsentBytes` of the link were not.
    func all(unsentBytes: Int) -> [(entry: Entry, request: [UInt8]?, wasHandedOver: Bool)] {
        var position = 0
        var keptAt = 0
        let handedOver = totalBytes - unsentBytes
        return entries[head..<tail].map { entry in
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
