import EventLoop
import LocalCluster
import RESP

/// A plain `redis-server` and a Mastergate in front of it that listens with TLS, beside its plain ports.
struct SecureFront {
    let redis: RedisServer
    let certificates: Certificates
    let proxy: MastergateProcess
    let respPort: UInt16
    let httpPort: UInt16

    /// - Parameter certificate: which of ``Certificates`` the listeners show.
    init(_ arguments: [String] = [], showing certificate: String = "server", trustingClientsOf authority: String? = nil) throws {
        redis = try RedisServer()
        certificates = try Certificates(in: redis.folder)
        respPort = try FreePort.next()
        httpPort = try FreePort.next()
        var words = ["--listen-tls", "127.0.0.1:\(respPort)", "--http-tls", "127.0.0.1:\(httpPort)", "--log-level", "debug"]
        for front in ["listen", "http"] {
            words += ["--\(front)-tls-cert", certificates.certificate(certificate), "--\(front)-tls-key", certificates.key(certificate)]
            if let authority { words += ["--\(front)-tls-client-ca", certificates.certificate(authority)] }
        }
        proxy = try redis.mastergate(words + arguments)
    }

    /// A Redis client that speaks TLS and shows the certificate `name`.
    func client(showing name: String? = nil) throws -> RESPClient {
        try RESPClient(port: respPort, tls: certificates.client(showing: name))
    }

    /// The exit code and output of `redis-cli`.
    func redisCLI(_ arguments: [String], showing name: String? = nil) throws -> (code: Int32?, output: String) {
        let identity = name.map { ["--cert", certificates.certificate($0), "--key", certificates.key($0)] } ?? []
        return try Tool.run(
            ["redis-cli", "-p", "\(respPort)", "--tls", "--cacert", certificates.authority] + identity + arguments, in: redis.folder)
    }

    /// The exit code and output of `curl`, which is given the path and the arguments.
    func curl(_ path: String, _ arguments: [String] = [], showing name: String? = nil) throws -> (code: Int32?, output: String) {
        let identity = name.map { ["--cert", certificates.certificate($0), "--key", certificates.key($0)] } ?? []
        return try Tool.run(
            ["curl", "-sS", "--cacert", certificates.authority] + identity + arguments + ["https://127.0.0.1:\(httpPort)\(path)"],
            in: redis.folder)
    }

    /// The exit code and output of `openssl s_client` towards the RESP port, with nothing to say.
    func openSSLClient(_ arguments: [String]) throws -> (code: Int32?, output: String) {
        try Tool.run(
            ["openssl", "s_client", "-connect", "127.0.0.1:\(respPort)", "-CAfile", certificates.authority] + arguments, in: redis.folder)
    }

    /// Handshakes that failed, by front.
    func handshakesFailed(_ front: String = "resp") throws -> Int? {
        try proxy.metric("mastergate_tls_handshake_failures_total{listener=\"\(front)\"}")
    }
}
