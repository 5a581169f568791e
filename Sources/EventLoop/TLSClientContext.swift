import COpenSSL
import Glibc

/// What TLS connections to Redis or to the sentinels share: the trusted authorities and TLS 1.2 at least.
package final class TLSClientContext {
    private let context: OpaquePointer

    /// - Parameter authorityFile: PEM file of the certificate authorities that sign the servers' certificates.
    /// - Throws: ``IOError`` with OpenSSL's words when the file cannot be used.
    package init(authorityFile: String) throws(IOError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw TLSConnection.error("TLS") }
        self.context = context
        guard mg_ssl_require_tls12(context) == 1, SSL_CTX_load_verify_locations(context, authorityFile, nil) == 1 else {
            throw TLSConnection.error("TLS authority file \(authorityFile)")
        }
        mg_ssl_stream_modes(context)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    }

    /// OpenSSL's own name and version.
    static var libraryVersion: String { OpenSSL_version(OPENSSL_VERSION).map { String(cString: $0) } ?? "OpenSSL" }

    deinit { SSL_CTX_free(context) }

    /// A client connection on `fd` that accepts a certificate for `serverName` (a host name or an IP address) only.
    func connection(fd: Int32, serverName: String) throws(IOError) -> TLSConnection {
        guard let ssl = SSL_new(context) else { throw TLSConnection.error("TLS") }
        let connection = TLSConnection(ssl)
        guard SSL_set_fd(ssl, fd) == 1 else { throw TLSConnection.error("TLS") }
        guard let parameters = SSL_get0_param(ssl) else { throw TLSConnection.error("TLS") }
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, serverName) != 1 {
            ERR_clear_error()
            guard SSL_set1_host(ssl, serverName) == 1, mg_ssl_set_server_name(ssl, serverName) == 1 else {
                throw TLSConnection.error("TLS server name \(serverName)")
            }
        }
        SSL_set_connect_state(ssl)
        return connection
    }
}

/// One TLS connection on a non-blocking descriptor that somebody else owns.
final class TLSConnection {
    enum Outcome { case done(Int), ended, wantsRead, wantsWrite, failed(IOError) }

    private let ssl: OpaquePointer

    init(_ ssl: OpaquePointer) { self.ssl = ssl }

    deinit { SSL_free(ssl) }

    /// Whether bytes are readable here that the kernel does not announce any more.
    var hasPending: Bool { SSL_has_pending(ssl) == 1 }

    func handshake() -> Outcome {
        ERR_clear_error()
        return outcome(SSL_do_handshake(ssl), "TLS handshake")
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        ERR_clear_error()
        return outcome(SSL_read(ssl, buffer.baseAddress, Int32(clamping: buffer.count)), "TLS read")
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        ERR_clear_error()
        return outcome(SSL_write(ssl, bytes.baseAddress, Int32(clamping: bytes.count)), "TLS write")
    }

    private func outcome(_ result: Int32, _ operation: String) -> Outcome {
        if result > 0 { return .done(Int(result)) }
        let code = errno
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .wantsRead
        case SSL_ERROR_WANT_WRITE: return .wantsWrite
        case SSL_ERROR_ZERO_RETURN: return .ended
        case SSL_ERROR_SYSCALL where code != 0: return .failed(IOError(operation, code))
        case SSL_ERROR_SYSCALL: return .ended
        default: return .failed(TLSConnection.error(operation, ssl))
        }
    }

    /// The first error of OpenSSL's queue, in its own words; for a refused certificate, why it was refused.
    static func error(_ operation: String, _ ssl: OpaquePointer? = nil) -> IOError {
        var detail = "failed"
        let code = ERR_get_error()
        if code != 0, let reason = ERR_reason_error_string(code) { detail = String(cString: reason) }
        if let ssl {
            let verified = SSL_get_verify_result(ssl)
            if verified != 0, let reason = X509_verify_cert_error_string(verified) {
                detail += ": " + String(cString: reason)
            }
        }
        ERR_clear_error()
        return IOError(operation, detail: detail)
    }
}
