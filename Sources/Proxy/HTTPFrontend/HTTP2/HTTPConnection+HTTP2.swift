import EventLoop
import HTTP2

/// How a connection turns out to speak HTTP/2: by agreement in the TLS handshake, or by its first bytes. What was made for
/// HTTP/1.1 gives way to an ``HTTP2Connection`` then.
extension HTTPConnection {
    /// What brings a client's requests.
    enum Wire: UInt8 {
        /// A socket of its own, of which it is not known yet which HTTP it brings.
        case untold
        /// A socket of its own, with HTTP/1.
        case http1
        /// One stream of an HTTP/2 connection, which is the client then.
        case stream
    }

    var front: Front? { wire == .stream ? nil : .http }

    /// Whether `bytes`, the connection's first, have been dealt with: as the beginning of HTTP/2, or of what may become that.
    func beginsHTTP2(_ bytes: UnsafeRawBufferPointer, _ socket: StreamSocket) -> Bool {
        guard let unfinished, !unfinished.input.isEmpty else { return beginsHTTP2(bytes, whole: bytes, socket) }
        unfinished.input.append(bytes)
        let whole = [UInt8](unfinished.input.readable)
        guard whole.withUnsafeBytes({ beginsHTTP2(bytes, whole: $0, socket) }) else {
            unfinished.headStartedAt = nil
            pump()
            return true
        }
        return true
    }

    private func beginsHTTP2(_ bytes: UnsafeRawBufferPointer, whole: UnsafeRawBufferPointer, _ socket: StreamSocket) -> Bool {
        switch HTTP2Preface.match(whole) {
        case .other:
            wire = .http1
            return false
        case .partial:
            noteActivity()
            let work = begunWork
            if work.input.isEmpty { work.input.append(bytes) }
            if work.headStartedAt == nil { work.headStartedAt = worker.loop.nowMilliseconds }
            return true
        case .whole:
            speakHTTP2(socket)?.stream(socket, received: whole)
            return true
        }
    }

    /// Hands the connection over to who serves it from now on; nil where there is no memory for that.
    @discardableResult
    func speakHTTP2(_ socket: StreamSocket) -> HTTP2Connection? {
        wire = .http1
        guard let connection = HTTP2Connection(worker, pool, socket, owner, isDraining: isDraining) else {
            leave()
            return nil
        }
        socket.handOver(to: connection)
        worker.clients.fill(owner, connection)
        self.connection = nil
        hasLeft = true
        // Whoever has called is not done with it.
        worker.loop.atTurnEnd { withExtendedLifetime(self) {} }
        return connection
    }
}
