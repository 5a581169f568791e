extension StreamSocket {
    /// A connection that was accepted and that begins with the client's handshake. `streamOpened` tells that it is done;
    /// `streamClosed` with ``StreamCloseReason/connectFailed(_:)`` that it failed or took too long.
    public convenience init(
        _ loop: EventLoop, accepted fd: Int32, from peer: SocketAddress, tls context: TLSServerContext,
        delegate: any StreamSocketDelegate
    ) {
        self.init(loop, accepted: fd, delegate: delegate)
        phase = .handshaking
        do { tls = try context.connection(fd: fd, client: peer) } catch {
            failLater(.connectFailed(error))
            return
        }
        deadline = LoopTimer(loop, milliseconds: context.handshakeTimeoutMilliseconds) { [unowned self] in
            handshakeFailed(IOError("TLS handshake", detail: "not done in time"))
        }
    }

    /// Goes on with the handshake as far as it goes.
    func handshake() {
        guard let tls else { return }
        switch tls.handshake() {
        case .done:
            opened()
            // The first request may have come with the end of the handshake.
            if tls.hasPending, isReadingWanted { becameReadable() }
        case .wantsRead:
            unwatchWritable()
            watchReadable()
        case .wantsWrite:
            unwatchReadable()
            watchWritable()
        case .ended: handshakeFailed(IOError("TLS handshake", detail: "closed by the peer"))
        case .failed(let error): handshakeFailed(error)
        }
    }

    /// Closes; of a client, the reason says whose handshake it was.
    private func handshakeFailed(_ error: IOError) {
        let client = tls?.client.map { IOError("\(error.operation) with \($0)", detail: error.detail) }
        fail(.connectFailed(client ?? error))
    }
}
