import EventLoop
import Testing

/// Certificates made by the openssl tool in a test's folder: an authority, whom it signs, and a stranger.
///
/// `server` is for 127.0.0.1 and ::1, `named` for `redis.test` alone, `client` for a client. `strange` is signed by
/// another authority, `other`.
struct Certificates {
    private let folder: TemporaryFolder

    init(in folder: TemporaryFolder) throws {
        // TLS writes to a peer that has left.
        SystemLimits.ignoreBrokenPipes()
        self.folder = folder
        try folder.write("subjectAltName=IP:127.0.0.1,IP:::1", to: "server.names")
        try folder.write("subjectAltName=DNS:redis.test", to: "named.names")
        try folder.write("extendedKeyUsage=clientAuth", to: "client.names")
        for name in ["ca", "other"] {
            try openSSL("req -x509 \(Self.newKey) -keyout \(key(name)) -out \(certificate(name)) -days 2 -subj /CN=\(name)-authority")
        }
        try sign("server")
        try sign("named")
        try sign("client")
        try sign("strange", by: "other", names: "client")
    }

    private static let newKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

    /// Makes, or makes anew, the certificate `name` with `names` as its extensions.
    func sign(_ name: String, by authority: String = "ca", names: String? = nil) throws {
        let request = "\(folder.path)/\(name).csr"
        try openSSL("req \(Self.newKey) -keyout \(key(name)) -out \(request) -subj /CN=\(name)")
        try openSSL(
            "x509 -req -in \(request) -CA \(certificate(authority)) -CAkey \(key(authority)) -CAcreateserial "
                + "-out \(certificate(name)) -days 2 -extfile \(folder.path)/\(names ?? name).names")
    }

    func certificate(_ name: String) -> String { "\(folder.path)/\(name).crt" }
    func key(_ name: String) -> String { "\(folder.path)/\(name).key" }
    var authority: String { certificate("ca") }

    /// What a client of the test's own shows and trusts.
    func client(showing name: String? = nil) throws -> TLSClientContext {
        let identity = name.map { TLSIdentity(certificateFile: certificate($0), keyFile: key($0)) }
        return try TLSClientContext(authorityFile: authority, identity: identity)
    }

    /// A server's lines for TLS alone, as `redis-server` takes them.
    func redis(port: UInt16, showing name: String = "server", clients: String = "yes") -> [String] {
        [
            "--port", "0", "--tls-port", "\(port)", "--tls-cert-file", certificate(name), "--tls-key-file", key(name),
            "--tls-ca-cert-file", authority, "--tls-auth-clients", clients,
        ]
    }

    private func openSSL(_ words: String) throws {
        let result = try Tool.run(["openssl"] + words.split(separator: " ").map(String.init), in: folder)
        try #require(result.code == 0, "\(result.output)")
    }
}
