import Bytes
import HTTP2
import HTTP2Peer

/// A session and a client that writes its frames by hand, without a socket between them.
final class SessionWorld {
    let session: HTTP2Session
    let peer = HTTP2Peer()
    /// What has come for each stream's connection of HTTP/1.1.
    private(set) var requests: [Int32: String] = [:]
    private(set) var events: [HTTP2Event] = []
    /// Whether what comes counts as dealt with at once.
    var consumes = true
    var now = 0

    init(_ change: (inout HTTP2Limits) -> Void = { _ in }, settings: [(id: UInt16, value: UInt32)] = []) throws {
        var limits = HTTP2Limits()
        change(&limits)
        guard let session = HTTP2Session(limits) else { throw NoMemory() }
        self.session = session
        send(HTTP2Frame.beginning(settings))
    }

    struct NoMemory: Error {}

    /// The client sends `bytes`, in pieces of a size.
    func send(_ bytes: [UInt8], pieceBytes: Int = .max) {
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + min(pieceBytes, bytes.count))
            bytes[start..<end].withUnsafeBytes { session.receive($0, now: now) }
            take()
            start = end
        }
        flush()
    }

    /// The client gets what there is for it.
    func flush() {
        while let output = session.nextOutput() { peer.read([UInt8](output)) }
        take()
    }

    private func take() {
        let fresh = session.takeEvents()
        let text = session.text
        for case .input(let stream, let range, let windowBytes) in fresh {
            requests[stream, default: ""] += String(decoding: text[range], as: UTF8.self)
            if consumes { session.consumed(windowBytes, of: stream) }
        }
        session.clearText()
        events += fresh
    }

    /// The stream's connection of HTTP/1.1 answers; hands back how many bytes were taken.
    @discardableResult
    func respond(_ text: String, on stream: Int32 = 1, pieceBytes: Int = .max) -> Int {
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + min(pieceBytes, bytes.count))
            let taken = bytes[start..<end].withUnsafeBytes { session.respond($0, on: stream) }
            start += taken
            if taken < end - (start - taken) { break }
        }
        flush()
        return start
    }

    var isClosed: [Int32] { events.compactMap { if case .closed(let stream) = $0 { stream } else { nil } } }
}
