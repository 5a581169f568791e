import COpenSSL

/// What TLS connections from clients share: the certificate that they are shown, and the one that they have to show.
public struct TLSServerContext: Sendable {
    /// The certificate that a client shows.
    public enum ClientCertificate: Sendable, Equatable {
        /// None is asked for.
        case ignored
        /// One that is shown must be signed by an authority in this PEM file.
        case optional(authorityFile: String)
        /// One must be shown, signed by an authority in this PEM file.
        case required(authorityFile: String)

        fileprivate var authorityFile: String? {
            switch self {
            case .ignored: nil
            case .optional(let file), .required(let file): file
            }
        }
    }

    private let context: TLSContext
    /// How long a client may take until the handshake is done.
    let handshakeTimeoutMilliseconds: Int

    /// - Parameter offersHTTP2: whether clients may agree on HTTP/2 in the handshake (``StreamSocket/hasAgreedOnHTTP2``).
    /// - Throws: ``IOError`` with the file's name and OpenSSL's words when a file cannot be used.
    public init(
        _ identity: TLSIdentity, clientCertificate: ClientCertificate, handshakeTimeoutMilliseconds: Int, strength: TLSStrength = TLSStrength(),
        offersHTTP2: Bool = false
    ) throws(IOError) {
        context = try TLSContext(TLS_server_method(), strength)
        self.handshakeTimeoutMilliseconds = handshakeTimeoutMilliseconds
        try context.show(identity)
        guard mg_ssl_keep_no_sessions(context.pointer) == 1 else { throw TLSConnection.error("TLS") }
        if offersHTTP2 { mg_ssl_offer_http2(context.pointer) }
        guard let file = clientCertificate.authorityFile else { return }
        try context.trust(authorityFile: file)
        // The names of the authorities, from which a client with several certificates chooses.
        SSL_CTX_set_client_CA_list(context.pointer, SSL_load_client_CA_file(file))
        var mode = SSL_VERIFY_PEER
        if case .required = clientCertificate { mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT }
        SSL_CTX_set_verify(context.pointer, mode, nil)
    }

    /// A server's connection on `fd`.
    func connection(fd: Int32, client: SocketAddress) throws(IOError) -> TLSConnection {
        let (connection, ssl) = try context.connection(fd)
        connection.client = client
        SSL_set_accept_state(ssl)
        return connection
    }
}
