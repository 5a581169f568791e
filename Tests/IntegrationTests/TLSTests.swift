import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct TLSTowardsRedis {
        /// A `redis-server` that speaks TLS alone, and Mastergates in front of it.
        private final class SecureRedis {
            let folder: TemporaryFolder
            let certificates: Certificates
            let port: UInt16
            private let process: ChildProcess

            init(showing name: String = "server", clients: String = "yes") throws {
                folder = try TemporaryFolder(prefix: "mastergate-test")
                certificates = try Certificates(in: folder)
                port = try FreePort.next()
                process = try ChildProcess(
                    [LocalCluster.redisServer, "--bind", "127.0.0.1", "--save", "", "--dir", folder.path]
                        + certificates.redis(port: port, showing: name, clients: clients),
                    output: .file("\(folder.path)/redis.log"))
                folder.entrust(process)
                let context = try TLSClientContext(
                    authorityFile: nil, identity: TLSIdentity(certificateFile: certificates.certificate("client"), keyFile: certificates.key("client")),
                    verifiesPeer: false)
                let port = port
                try Patience.wait("redis-server to answer") { try RESPClient(port: port, tls: context).command("PING") == .simpleString("PONG") }
            }

            deinit { process.kill9() }

            func mastergate(_ arguments: [String], launcher: [String] = []) throws -> MastergateProcess {
                try MastergateProcess(
                    executable: Program.path, ["--upstream", "127.0.0.1:\(port)", "--failover-hold", "2s"] + arguments, in: folder,
                    launcher: launcher)
            }

            /// That a Mastergate with these settings serves.
            func expectService(_ arguments: [String], launcher: [String] = []) throws {
                let proxy = try mastergate(arguments, launcher: launcher)
                try proxy.awaitReady()
                #expect(try proxy.resp().command("PING") == .simpleString("PONG"))
                #expect(try proxy.http().get("/PING").text == #"{"PING":[true,"PONG"]}"#)
            }

            /// That a Mastergate with these settings does not get through to Redis, and says why.
            func expectRefusal(_ arguments: [String], saying reason: String) throws {
                let proxy = try mastergate(arguments)
                try Patience.wait("the refusal to be logged: \(reason)") { proxy.log.contains(reason) }
                #expect(try proxy.admin("/readyz").status == 503)
            }
        }

        @Test func theServersCertificateIsCheckedAndTrafficFlows() throws {
            let redis = try SecureRedis(clients: "no")
            let proxy = try redis.mastergate(["--redis-tls-ca", redis.certificates.authority])
            try proxy.awaitReady()
            let client = try proxy.resp()
            let value = [UInt8](repeating: 65, count: 3 << 20)
            #expect(try client.command([Array("SET".utf8), Array("k".utf8), value]) == .ok)
            #expect(try client.command("GET", "k") == .bulkString(value))
            #expect(try proxy.http().get("/STRLEN/k").text == #"{"STRLEN":3145728}"#)
            try redis.expectRefusal(
                ["--redis-tls-ca", redis.certificates.certificate("other")], saying: "certificate verify failed")
        }

        @Test func aServerThatDemandsACertificateGetsOne() throws {
            let redis = try SecureRedis(clients: "yes")
            let certificates = redis.certificates
            let trust = ["--redis-tls-ca", certificates.authority]
            try redis.expectService(
                trust + ["--redis-tls-cert", certificates.certificate("client"), "--redis-tls-key", certificates.key("client")])
            try redis.expectRefusal(trust, saying: "certificate required")
            try redis.expectRefusal(
                trust + ["--redis-tls-cert", certificates.certificate("strange"), "--redis-tls-key", certificates.key("strange")],
                saying: "unknown ca")
        }

        @Test func theCertificateMustCarryTheNameThatIsConnectedToOrTheOneGiven() throws {
            let redis = try SecureRedis(showing: "named", clients: "no")
            let trust = ["--redis-tls-ca", redis.certificates.authority]
            try redis.expectRefusal(trust, saying: "IP address mismatch")
            try redis.expectRefusal(trust + ["--redis-tls-server-name", "other.test"], saying: "hostname mismatch")
            try redis.expectService(trust + ["--redis-tls-server-name", "redis.test"])
            try redis.expectService(trust + ["--redis-tls-verify", "false"])
        }

        @Test func theNameIsSentSoThatAServerOfManyCanChooseItsCertificate() throws {
            let folder = try TemporaryFolder(prefix: "mastergate-test")
            let certificates = try Certificates(in: folder)
            let port = try FreePort.next()
            let output = "\(folder.path)/server.log"
            let input = Pipe()
            let server = try ChildProcess(
                [
                    "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificates.certificate("server"),
                    "-key", certificates.key("server"), "-servername", "redis.test", "-cert2", certificates.certificate("named"),
                    "-key2", certificates.key("named"),
                ], output: .file(output), standardInput: input.fileHandleForReading.fileDescriptor)
            folder.entrust(server)
            defer { server.kill9() }
            let proxy = try MastergateProcess(
                executable: Program.path,
                ["--upstream", "127.0.0.1:\(port)", "--redis-tls-ca", certificates.authority, "--redis-tls-server-name", "redis.test"],
                in: folder)
            try Patience.wait("the name to arrive") {
                try String(contentsOfFile: output, encoding: .utf8).contains("Hostname in TLS extension: \"redis.test\"")
            }
            // The certificate of that name is accepted: what is missing is Redis.
            try Patience.wait("the next complaint") { proxy.log.contains("upstream does not answer") }
            #expect(!proxy.log.contains("mismatch"))
        }

        @Test func withoutAnAuthorityOfItsOwnTheSystemsAreTrusted() throws {
            let redis = try SecureRedis(clients: "no")
            try redis.expectRefusal(["--redis-tls", "true"], saying: "certificate verify failed")
            try redis.expectService(
                ["--redis-tls", "true"], launcher: ["env", "SSL_CERT_FILE=\(redis.certificates.authority)"])
        }

        @Test func whatIsRiskyIsSaid() throws {
            let redis = try SecureRedis(clients: "no")
            _ = try Tool.run(["chmod", "644", redis.certificates.key("client")], in: redis.folder)
            let proxy = try redis.mastergate([
                "--redis-tls-verify", "false", "--redis-tls-cert", redis.certificates.certificate("client"),
                "--redis-tls-key", redis.certificates.key("client"),
            ])
            try proxy.awaitReady()
            #expect(proxy.log.contains("certificates are not checked"))
            #expect(proxy.log.contains("a private key can be read by every user of this machine file=\(redis.certificates.key("client"))"))
        }

        @Test func aFileThatCannotBeUsedIsAnErrorThatNamesIt() throws {
            let folder = try TemporaryFolder(prefix: "mastergate-test")
            let certificates = try Certificates(in: folder)
            let empty = try folder.write("", to: "empty.crt")
            _ = try Tool.run(["openssl", "ec", "-in", certificates.key("client"), "-aes128", "-passout", "pass:x", "-out", "\(folder.path)/locked.key"], in: folder)
            let identity = ["--redis-tls-cert", certificates.certificate("client"), "--redis-tls-key"]
            for (arguments, error) in [
                (["--redis-tls-ca", "\(folder.path)/none.crt"], "none.crt: No such file or directory"),
                (["--redis-tls-ca", empty], "empty.crt: no certificate or crl found"),
                (identity + [certificates.key("server")], "server.key: key values mismatch"),
                (identity + ["\(folder.path)/locked.key"], "locked.key: "),
            ] {
                let result = try Program.run(["--upstream", "127.0.0.1:1", "--admin", "off", "--listen", "off"] + arguments, in: folder, seconds: 10)
                #expect(result.code == 1)
                #expect(result.output.contains(error), "\(result.output)")
            }
        }
    }
}
