import EventLoop
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct TLSThroughAFailover {
        @Test func aClusterThatSpeaksTLSAloneIsFollowedThroughAFailover() throws {
            let folder = try TemporaryFolder(prefix: "mastergate-test")
            let certificates = try Certificates(in: folder)
            let cluster = try LocalCluster.started {
                $0.tls = LocalCluster.TLSFiles(
                    authority: certificates.authority,
                    identity: TLSIdentity(certificateFile: certificates.certificate("server"), keyFile: certificates.key("server")))
            }
            var arguments: [String] = []
            for leg in ["redis", "sentinel"] {
                arguments += ["--\(leg)-tls-ca", certificates.authority]
                arguments += ["--\(leg)-tls-cert", certificates.certificate("client"), "--\(leg)-tls-key", certificates.key("client")]
            }
            let securePort = try FreePort.next()
            arguments += ["--listen-tls", "127.0.0.1:\(securePort)"]
            arguments += ["--listen-tls-cert", certificates.certificate("server"), "--listen-tls-key", certificates.key("server")]
            let proxy = try cluster.mastergate(arguments)
            try proxy.awaitReady()
            let client = try RESPClient(port: securePort, timeoutMilliseconds: 20_000, tls: certificates.client())
            #expect(try client.command("SET", "k", "before") == .ok)
            #expect(try proxy.firstMaster()["quorum"] as? Bool == true)

            cluster.servers[0].process?.kill9()
            try cluster.waitUntil("a write after the failover") {
                let after = try RESPClient(port: securePort, timeoutMilliseconds: 20_000, tls: certificates.client())
                return try after.command("SET", "k", "after") == .ok
            }
            let port = try cluster.awaitSwitch(from: cluster.servers[0].port)
            let master = try #require(cluster.server(at: port))
            #expect(try cluster.client(master).command("GET", "k") == .bulk("after"))
            #expect(try proxy.http().get("/GET/k").text == #"{"GET":"after"}"#)
        }

        @Test func sentinelsThatCannotBeTrustedAreNotListenedTo() throws {
            let folder = try TemporaryFolder(prefix: "mastergate-test")
            let certificates = try Certificates(in: folder)
            let cluster = try LocalCluster.started {
                $0.replicaCount = 0
                $0.sentinelCount = 1
                $0.tls = LocalCluster.TLSFiles(
                    authority: certificates.authority,
                    identity: TLSIdentity(certificateFile: certificates.certificate("server"), keyFile: certificates.key("server")))
            }
            let identity = ["--sentinel-tls-cert", certificates.certificate("client"), "--sentinel-tls-key", certificates.key("client")]
            let proxy = try cluster.mastergate(identity + ["--sentinel-tls-ca", certificates.certificate("other")])
            try cluster.waitUntil("the refusal to be logged") { proxy.log.contains("certificate verify failed") }
            let misled = try cluster.mastergate(identity + ["--sentinel-tls-ca", certificates.authority, "--sentinel-tls-server-name", "other.test"])
            try cluster.waitUntil("the mismatch to be logged") { misled.log.contains("hostname mismatch") }
            #expect(try proxy.admin("/readyz").status == 503)
            #expect(try misled.admin("/readyz").status == 503)
        }
    }
}
