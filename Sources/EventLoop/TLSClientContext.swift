import COpenSSL

/// What TLS connections to Redis or to the sentinels share: whom they trust, and the certificate that they show.
public struct TLSClientContext: Sendable {
    private let context: TLSContext
    private let serverName: String?
    private let verifiesPeer: Bool

    /// - Parameters:
    ///   - authorityFile: PEM file of the certificate authorities that sign the servers' certificates; nil for those that
    ///     the system trusts.
    ///   - identity: what is shown to a server that asks for a certificate.
    ///   - serverName: the name that the servers' certificates must carry, instead of the one connected to.
    ///   - verifiesPeer: false takes every certificate, which protects against nobody but silent listeners.
    /// - Throws: ``IOError`` with the file's name and OpenSSL's words when a file cannot be used.
    public init(
        authorityFile: String?, identity: TLSIdentity? = nil, serverName: String? = nil, verifiesPeer: Bool = true, strength: TLSStrength = TLSStrength()
    ) throws(IOError) {
        context = try TLSContext(TLS_client_method(), strength)
        self.serverName = serverName
        self.verifiesPeer = verifiesPeer
        if let authorityFile {
            try context.trust(authorityFile: authorityFile)
        } else if verifiesPeer, SSL_CTX_set_default_verify_paths(context.pointer) != 1 {
            throw TLSConnection.error("the system's TLS authorities")
        }
        if let identity { try context.show(identity) }
        SSL_CTX_set_verify(context.pointer, verifiesPeer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nil)
    }

    /// OpenSSL's own name and version.
    static var libraryVersion: String { OpenSSL_version(OPENSSL_VERSION).map { String(cString: $0) } ?? "OpenSSL" }

    /// A client connection on `fd` that accepts a certificate for `host` (a name or an IP address) only, unless the context
    /// says another name or none.
    func connection(fd: Int32, serverName host: String) throws(IOError) -> TLSConnection {
        let (connection, ssl) = try context.connection(fd)
        let name = serverName ?? host
        guard let parameters = SSL_get0_param(ssl) else { throw TLSConnection.error("TLS") }
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, name) != 1 {
            ERR_clear_error()
            // An empty name would switch the check off.
            guard !name.isEmpty || !verifiesPeer else { throw IOError("TLS server name", detail: "none is known") }
            guard name.isEmpty || SSL_set1_host(ssl, name) == 1 && mg_ssl_set_server_name(ssl, name) == 1 else {
                throw TLSConnection.error("TLS server name \(name)")
            }
        }
        SSL_set_connect_state(ssl)
        return connection
    }
}
