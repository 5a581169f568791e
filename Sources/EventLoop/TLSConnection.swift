import COpenSSL
import Glibc

/// One TLS connection on a non-blocking descriptor that somebody else owns.
final class TLSConnection {
    enum Outcome { case done(Int), ended, wantsRead, wantsWrite, failed(IOError) }

    private let ssl: OpaquePointer
    /// Who shakes hands with us, where we are the server.
    var client: SocketAddress?

    init(_ ssl: OpaquePointer) { self.ssl = ssl }

    deinit { SSL_free(ssl) }

    /// Whether bytes are readable here that the kernel does not announce any more.
    var hasPending: Bool { SSL_has_pending(ssl) == 1 }

    /// Whether the protocol that was agreed on in the handshake is HTTP/2.
    var hasAgreedOnHTTP2: Bool { mg_ssl_speaks_h2(ssl) == 1 }

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

    /// Tells the peer, as far as the kernel takes it at once, that no more will be sent (RFC 8446, section 6.1): so it knows
    /// that nothing was cut off.
    func endWriting() {
        ERR_clear_error()
        SSL_shutdown(ssl)
        ERR_clear_error()
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
        if code != 0, let reason = mg_ssl_reason(code) { detail = String(cString: reason) }
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
