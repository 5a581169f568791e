import COpenSSL

/// Digests of OpenSSL, for what protocols ask for. Neither of them keeps a secret.
public enum Digests {
    /// The MD5 of `bytes`, its 16 bytes in memory's order: for ETags, which Webdis makes so.
    public static func md5(_ bytes: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
        var digest: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &digest) { target in
            mg_md5(bytes.baseAddress, bytes.count, target.bindMemory(to: UInt8.self).baseAddress)
        }
        return digest
    }

    /// The SHA-1 of `bytes`: for the handshake of WebSockets (RFC 6455, section 4.2.2).
    public static func sha1(_ bytes: Span<UInt8>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 20) { digest, count in
            bytes.withUnsafeBytes { mg_sha1($0.baseAddress, $0.count, digest.baseAddress) }
            count = 20
        }
    }
}
