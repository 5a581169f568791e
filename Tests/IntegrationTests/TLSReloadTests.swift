import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct TLSFilesReadAgain {
        private static let pong = ReplyValue.simpleString("PONG")

        /// The serial number of the certificate that a new client is shown.
        private func shownSerial(_ front: SecureFront) throws -> String {
            let client = "openssl s_client -connect 127.0.0.1:\(front.respPort) </dev/null 2>/dev/null"
            return try Tool.run(["sh", "-c", "\(client) | openssl x509 -noout -serial"], in: front.redis.folder).output
        }

        private func storedSerial(_ front: SecureFront) throws -> String {
            try Tool.run(["openssl", "x509", "-noout", "-serial", "-in", front.certificates.certificate("server")], in: front.redis.folder).output
        }

        @Test func newConnectionsSeeTheNewCertificateAndOldOnesGoOn() throws {
            let front = try SecureFront()
            let old = try front.client()
            #expect(try old.command("PING") == Self.pong)
            let before = try shownSerial(front)
            #expect(try before == storedSerial(front))
            try front.certificates.sign("server")
            #expect(try shownSerial(front) == before)
            front.proxy.process.signal(SIGHUP)
            try Patience.wait("the files to be read") { front.proxy.log.contains("TLS files read again leg=http") }
            let after = try shownSerial(front)
            #expect(after != before)
            #expect(try after == storedSerial(front))
            #expect(try old.command("PING") == Self.pong)
            #expect(try front.client().command("PING") == Self.pong)
            #expect(try front.curl("/PING").output == #"{"PING":[true,"PONG"]}"#)
        }

        @Test func aBrokenFileLeavesWhatWasReadBeforeInForceAndIsNamed() throws {
            let front = try SecureFront()
            let before = try shownSerial(front)
            try front.redis.folder.write("no certificate", to: "server.crt")
            front.proxy.process.signal(SIGHUP)
            try Patience.wait("the error to be logged") { front.proxy.log.contains("leg=http") && front.proxy.log.contains("leg=listen") }
            let error = front.proxy.log.split(separator: "\n").first { $0.contains("error TLS files not usable") && $0.contains("leg=listen") }
            #expect(error?.contains("\(front.certificates.certificate("server")): no start line") == true)
            #expect(!front.proxy.log.contains("TLS files read again"))
            #expect(try shownSerial(front) == before)
            #expect(try front.client().command("PING") == Self.pong)
            // A key that is another certificate's is as bad.
            try front.certificates.sign("server")
            _ = try Tool.run(["cp", front.certificates.key("client"), front.certificates.key("server")], in: front.redis.folder)
            front.proxy.process.signal(SIGHUP)
            try Patience.wait("the second error to be logged") { front.proxy.log.contains("server.key: key values mismatch") }
            #expect(try shownSerial(front) == before)
        }

        @Test func whoAsksForAReloadIsToldOfEveryBrokenFile() throws {
            let front = try SecureFront()
            func reload() throws -> (code: Int32?, output: String) {
                try Program.run(["reload", "--admin", "127.0.0.1:\(front.proxy.adminPort)"], in: front.redis.folder)
            }
            let before = try shownSerial(front)
            try front.redis.folder.write("no certificate", to: "server.crt")
            let (code, output) = try reload()
            #expect(code == 1)
            for leg in ["listen", "http"] {
                #expect(output.contains("\(leg): TLS files not usable; those read before stay in force: TLS certificate file \(front.certificates.certificate("server")): no start line"), "\(output)")
            }
            #expect(try shownSerial(front) == before)
            try front.certificates.sign("server")
            #expect(try reload().code == 0)
            #expect(try shownSerial(front) == storedSerial(front))
        }

        @Test func clientsAreHeldAgainstTheNewAuthority() throws {
            let front = try SecureFront(trustingClientsOf: "ca")
            let old = try front.client(showing: "client")
            #expect(throws: (any Error).self) { try front.client(showing: "strange").command("PING") }
            _ = try Tool.run(["cp", front.certificates.certificate("other"), front.certificates.authority], in: front.redis.folder)
            front.proxy.process.signal(SIGHUP)
            try Patience.wait("the files to be read") { front.proxy.log.contains("TLS files read again leg=http") }
            let context = try TLSClientContext(
                authorityFile: nil, identity: TLSIdentity(certificateFile: front.certificates.certificate("strange"), keyFile: front.certificates.key("strange")),
                verifiesPeer: false)
            #expect(try RESPClient(port: front.respPort, tls: context).command("PING") == Self.pong)
            #expect(try old.command("PING") == Self.pong)
        }

        @Test func linksAndProbesTakeTheNewFilesToo() throws {
            let folder = try TemporaryFolder(prefix: "mastergate-test")
            let certificates = try Certificates(in: folder)
            let port = try FreePort.next()
            let redis = try ChildProcess(
                [LocalCluster.redisServer, "--bind", "127.0.0.1", "--save", "", "--dir", folder.path] + certificates.redis(port: port),
                output: .file("\(folder.path)/redis.log"))
            folder.entrust(redis)
            defer { redis.kill9() }
            func take(_ name: String) throws {
                for file in ["crt", "key"] {
                    _ = try Tool.run(["cp", "\(folder.path)/\(name).\(file)", "\(folder.path)/shown.\(file)"], in: folder)
                }
            }
            try take("strange")
            let proxy = try MastergateProcess(
                executable: Program.path,
                [
                    "--upstream", "127.0.0.1:\(port)", "--redis-tls-ca", certificates.authority,
                    "--redis-tls-cert", certificates.certificate("shown"), "--redis-tls-key", certificates.key("shown"),
                    "--failover-hold", "500ms", "--redis-warm-links", "0",
                ], in: folder)
            try Patience.wait("the refusal to be logged") { proxy.log.contains("unknown ca") }
            try take("client")
            proxy.process.signal(SIGHUP)
            try proxy.awaitReady()
            let old = try proxy.resp()
            #expect(try old.command("PING") == Self.pong)

            try take("strange")
            proxy.process.signal(SIGHUP)
            try Patience.wait("the files to be read twice") { proxy.log.components(separatedBy: "TLS files read again leg=redis").count == 3 }
            #expect(try old.command("PING") == Self.pong)
            // The link that all share stands; what needs one of its own is refused it.
            guard case .error(let text) = try proxy.resp().command("EVAL", "return 1", "0") else { return #expect(Bool(false), "a refusal was due") }
            #expect(text.hasPrefix("NOMASTER"))
        }

        @Test func withoutTLSTheSignalDoesNothing() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let client = try proxy.resp()
            proxy.process.signal(SIGHUP)
            try Patience.wait("the signal to be seen") { proxy.log.contains("no TLS files to read again") }
            #expect(try client.command("PING") == Self.pong)
        }
    }
}
