/// Who owns a ``StreamSocket``. Calls come on the socket's loop only.
public protocol StreamSocketDelegate: AnyObject {
    /// The connection stands, the TLS handshake included.
    func streamOpened(_ socket: StreamSocket)
    /// Bytes came. They are valid during the call only.
    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer)
    /// The peer will send no more; it may still read.
    func streamReachedEnd(_ socket: StreamSocket)
    /// The unsent bytes, which had been more than the socket's watermark, are sent.
    func streamDrained(_ socket: StreamSocket)
    /// The connection is gone; nothing more will be called.
    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason)
}

/// Why a connection ended.
public enum StreamCloseReason: Error, Sendable, Equatable, CustomStringConvertible {
    /// Closed by us.
    case local
    /// The connect did not succeed.
    case connectFailed(IOError)
    case failed(IOError)

    public var description: String {
        switch self {
        case .local: "closed here"
        case .connectFailed(let error), .failed(let error): error.description
        }
    }
}
