import EventLoop
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct TLSTowardsRedis {
        /// A certificate authority of the test's own, and a server certificate for 127.0.0.1 signed by it.
        private func certificates(in folder: TemporaryFolder) throws {
            let path = folder.path
            try folder.write("subjectAltName=IP:127.0.0.1", to: "names")
            for command in [
                "req -x509 -newkey rsa:2048 -nodes -keyout \(path)/ca.key -out \(path)/ca.crt -days 2 -subj /CN=test-authority",
                "req -x509 -newkey rsa:2048 -nodes -keyout \(path)/other.key -out \(path)/other.crt -days 2 -subj /CN=other",
                "req -newkey rsa:2048 -nodes -keyout \(path)/server.key -out \(path)/server.csr -subj /CN=server",
                "x509 -req -in \(path)/server.csr -CA \(path)/ca.crt -CAkey \(path)/ca.key -CAcreateserial -out \(path)/server.crt "
                    + "-days 2 -extfile \(path)/names",
            ] {
                let result = try Tool.run(["openssl"] + command.split(separator: " ").map(String.init), in: folder)
                try #require(result.code == 0, "\(result.output)")
            }
        }

        @Test func theServersCertificateIsCheckedAndTrafficFlows() throws {
            let folder = try TemporaryFolder(prefix: "mastergate-test")
            try certificates(in: folder)
            let port = try FreePort.next()
            let redis = try ChildProcess(
                [
                    "redis-server", "--port", "0", "--tls-port", "\(port)", "--bind", "127.0.0.1", "--save", "", "--dir", folder.path,
                    "--tls-cert-file", "\(folder.path)/server.crt", "--tls-key-file", "\(folder.path)/server.key",
                    "--tls-ca-cert-file", "\(folder.path)/ca.crt", "--tls-auth-clients", "no",
                ], output: .file("\(folder.path)/redis.log"))
            folder.entrust(redis)
            defer { redis.kill9() }

            let proxy = try MastergateProcess(
                executable: Program.path, ["--upstream", "127.0.0.1:\(port)", "--redis-tls-ca", "\(folder.path)/ca.crt"], in: folder)
            try proxy.awaitReady()
            let client = try proxy.resp()
            let value = [UInt8](repeating: 65, count: 3 << 20)
            #expect(try client.command([Array("SET".utf8), Array("k".utf8), value]) == .ok)
            #expect(try client.command("GET", "k") == .bulkString(value))
            #expect(try proxy.http().get("/STRLEN/k").text == #"{"STRLEN":3145728}"#)

            let suspicious = try MastergateProcess(
                executable: Program.path, ["--upstream", "127.0.0.1:\(port)", "--redis-tls-ca", "\(folder.path)/other.crt"], in: folder)
            try Patience.wait("the refusal to be logged") { suspicious.log.contains("certificate verify failed") }
            #expect(try suspicious.admin("/readyz").status == 503)

            let missing = try Program.run(
                ["--upstream", "127.0.0.1:\(port)", "--redis-tls-ca", "\(folder.path)/none.crt", "--admin", "off", "--listen", "off"],
                in: folder)
            #expect(missing.code == 1)
            #expect(missing.output.contains("none.crt"))
        }
    }
}
