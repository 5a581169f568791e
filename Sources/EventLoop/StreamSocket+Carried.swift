/// What takes the place of a descriptor below a ``StreamSocket``, as one stream of a connection that carries many. Calls come on
/// the socket's loop only.
public protocol StreamCarrier: AnyObject {
    /// Takes bytes on their way to the peer, as many as there is room for.
    ///
    /// - Returns: how many; the others are offered again upon ``StreamSocket/carrierHasRoom()``.
    func carry(_ bytes: UnsafeRawBufferPointer) -> Int
    /// The socket's owner reads on. What comes of that comes later, not within this call.
    func wantsInput()
    /// The socket is closed; it offers and takes nothing any more.
    func carriedClosed()
}

extension StreamSocket {
    /// A connection that is carried by something else than a descriptor, and open from the start.
    ///
    /// - Parameter peer: who is at the other end, as far as that has an address.
    public convenience init(_ loop: EventLoop, carrier: any StreamCarrier, peer: SocketAddress?, delegate: any StreamSocketDelegate) {
        self.init(loop, carriedFor: delegate)
        let extras = madeExtras
        extras.carrier = carrier
        extras.statedPeer = peer.map { StatedPeer($0) }
    }

    /// Hands on what the peer has sent; false where nobody wants it for now, or any more.
    public func receive(carried bytes: UnsafeRawBufferPointer) -> Bool {
        guard phase == .open, isReadingWanted else { return false }
        delegate?.stream(self, received: bytes)
        return true
    }

    /// The peer sends no more on any stream.
    public func carrierReachedEnd() { if phase == .open || phase == .finishing { reachedEnd() } }

    /// What waits is offered to the carrier once more.
    public func carrierHasRoom() {
        guard extras?.isCarrierFull == true else { return }
        extras?.isCarrierFull = false
        if phase == .open || phase == .finishing { writeOutput() }
    }

    /// Closes, since the carrier is done with the stream.
    public func closeCarried() {
        extras?.carrier = nil
        close()
    }

    /// Tells the carrier that the socket is closed, where there is one.
    func leaveCarrier() {
        guard let carrier = extras?.carrier else { return }
        extras?.carrier = nil
        carrier.carriedClosed()
    }

    /// Whether the peers have agreed on HTTP/2 in their handshake (RFC 7301, RFC 9113, section 3.2).
    public var hasAgreedOnHTTP2: Bool { tls?.hasAgreedOnHTTP2 == true }
}
