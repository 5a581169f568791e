import Bytes

/// The bytes of requests that are kept until they are answered: copies, one behind another, or one large request as it was handed
/// over, which is not copied.
struct KeptBytes: ~Copyable {
    private var copies = ByteBuffer()
    /// A large request, where it is all that is kept.
    private var adopted: [UInt8] = []
    /// How much of it has been consumed.
    private var adoptedStart = 0

    var count: Int { copies.count &+ adopted.count &- adoptedStart }

    /// Appends a copy of `bytes`.
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if !adopted.isEmpty { copyAdopted() }
        if !copies.appendIfRoom(bytes) { copies.append(bytes) }
    }

    /// Keeps `bytes` themselves, where nothing is kept; else a copy.
    mutating func adopt(_ bytes: [UInt8]) {
        guard count == 0 else { return bytes.withUnsafeBytes { append($0) } }
        (adopted, adoptedStart) = (bytes, 0)
    }

    private mutating func copyAdopted() {
        let (all, start) = (adopted, adoptedStart)
        (adopted, adoptedStart) = ([], 0)
        all.withUnsafeBytes { copies.append(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    /// Calls `body` with all that is kept.
    func withSpan<R>(_ body: (Span<UInt8>) throws -> R) rethrows -> R {
        adopted.isEmpty ? try copies.withSpan(body) : try body(adopted.span.extracting(droppingFirst: adoptedStart))
    }

    /// Drops the first `count` bytes.
    mutating func consume(_ count: Int, retainedBytesMax: Int = ByteBuffer.retainedBytesMax) {
        guard !adopted.isEmpty else { return copies.consume(count, retainedBytesMax: retainedBytesMax) }
        adoptedStart += count
        if adoptedStart >= adopted.count { (adopted, adoptedStart) = ([], 0) }
    }

    /// Takes the first request out.
    mutating func takeFirst(available: Int) -> [UInt8] {
        let length = withSpan { KeptRequest.firstLength(in: $0.extracting(0..<min(available, $0.count))) }
        if adoptedStart == 0, length > 0, length == adopted.count {
            defer { adopted = [] }
            return adopted
        }
        let request = withSpan { span in
            var copy: [UInt8] = []
            copy.append(span, in: 0..<length)
            return copy
        }
        consume(length)
        return request
    }

    /// Drops everything, and the memory with it.
    mutating func removeAll() {
        copies.removeAll()
        (adopted, adoptedStart) = ([], 0)
    }
}
