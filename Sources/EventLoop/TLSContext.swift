import COpenSSL
import Glibc

/// The files that one side proves itself with.
public struct TLSIdentity: Sendable, Equatable {
    /// PEM file of the certificate, followed by those between it and its authority.
    public var certificateFile: String
    /// PEM file of the certificate's private key, not encrypted.
    public var keyFile: String

    public init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    /// Whether every user of this machine may read the key.
    public var isKeyReadableByAll: Bool {
        var status = stat()
        return stat(keyFile, &status) == 0 && status.st_mode & S_IROTH != 0
    }
}

/// Which versions and ciphers of TLS are spoken.
public struct TLSStrength: Sendable, Equatable {
    /// Whether TLS 1.2 is refused.
    public var isModernOnly: Bool
    /// OpenSSL's list of ciphers for TLS 1.2; empty for OpenSSL's own.
    public var ciphers: String
    /// The same for TLS 1.3.
    public var ciphersuites: String

    /// By default forward secrecy and authenticated encryption alone.
    public init(isModernOnly: Bool = false, ciphers: String = "ECDHE+AESGCM:ECDHE+CHACHA20", ciphersuites: String = "") {
        self.isModernOnly = isModernOnly
        self.ciphers = ciphers
        self.ciphersuites = ciphersuites
    }
}

/// What the contexts of both sides of TLS have in common. Once made it never changes, so all threads may share it
/// (openssl-threads(7)).
struct TLSContext: Sendable {
    private let handle: SharedHandle

    /// - Parameter method: OpenSSL's word for the side: `TLS_client_method()` or `TLS_server_method()`.
    init(_ method: OpaquePointer?, _ strength: TLSStrength) throws(IOError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(method) else { throw TLSConnection.error("TLS") }
        handle = SharedHandle(context) { SSL_CTX_free($0) }
        mg_ssl_prepare(context)
        guard mg_ssl_set_strength(context, strength.isModernOnly ? 1 : 0, strength.ciphers, strength.ciphersuites) == 1 else {
            throw TLSConnection.error("TLS ciphers \(strength.ciphers) \(strength.ciphersuites)")
        }
    }

    var pointer: OpaquePointer { handle.pointer }

    /// Trusts the certificates that the authorities in the PEM file `file` have signed, or in the folder of that name, whose
    /// files are called as `openssl rehash` does.
    func trust(authorityFile file: String) throws(IOError) {
        var status = stat()
        let isFolder = stat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
        guard SSL_CTX_load_verify_locations(pointer, isFolder ? nil : file, isFolder ? file : nil) == 1 else {
            throw TLSConnection.error("TLS authority file \(file)")
        }
    }

    /// Shows `identity` to the peer.
    func show(_ identity: TLSIdentity) throws(IOError) {
        guard SSL_CTX_use_certificate_chain_file(pointer, identity.certificateFile) == 1 else {
            throw TLSConnection.error("TLS certificate file \(identity.certificateFile)")
        }
        // This also fails where the key is another certificate's.
        guard SSL_CTX_use_PrivateKey_file(pointer, identity.keyFile, SSL_FILETYPE_PEM) == 1 else {
            throw TLSConnection.error("TLS key file \(identity.keyFile)")
        }
    }

    /// The OpenSSL object of a connection on `fd`.
    func connection(_ fd: Int32) throws(IOError) -> (connection: TLSConnection, ssl: OpaquePointer) {
        ERR_clear_error()
        guard let ssl = SSL_new(pointer) else { throw TLSConnection.error("TLS") }
        let connection = TLSConnection(ssl)
        guard SSL_set_fd(ssl, fd) == 1 else { throw TLSConnection.error("TLS") }
        return (connection, ssl)
    }
}
