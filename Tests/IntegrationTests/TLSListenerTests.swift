import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct TLSTowardsClients {
        private static let pong = ReplyValue.simpleString("PONG")

        @Test func redisCLIAndCurlAreServedOverTLSBesideThePlainPorts() throws {
            let front = try SecureFront()
            #expect(try front.redisCLI(["SET", "k", "v"]).output == "OK\n")
            #expect(try front.redisCLI(["GET", "k"]).output == "v\n")
            #expect(try front.curl("/GET/k").output == #"{"GET":"v"}"#)
            #expect(try front.proxy.resp().command("GET", "k") == .bulk("v"))
            #expect(try front.proxy.http().get("/GET/k").text == #"{"GET":"v"}"#)
            #expect(front.proxy.log.contains("listening address=127.0.0.1:\(front.respPort) front=resp"))
            #expect(try front.handshakesFailed() == 0)
        }

        @Test func onlyCiphersWithForwardSecrecyAndAuthenticationAreSpokenUnlessOthersAreAskedFor() throws {
            func takes(_ front: SecureFront, _ cipher: String) throws -> Bool {
                try front.openSSLClient(["-tls1_2", "-cipher", "\(cipher):@SECLEVEL=0", "-brief"]).output.contains("Ciphersuite: \(cipher)")
            }
            let old = ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-SHA256"]
            let front = try SecureFront()
            for cipher in ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"] { #expect(try takes(front, cipher), "\(cipher)") }
            for cipher in old { #expect(try !takes(front, cipher), "\(cipher)") }
            let lax = try SecureFront(["--listen-tls-ciphers", "ALL:@SECLEVEL=0"])
            for cipher in old { #expect(try takes(lax, cipher), "\(cipher)") }
            let modern = try SecureFront(["--listen-tls-min-version", "1.3"])
            #expect(try !takes(modern, "ECDHE-ECDSA-AES128-GCM-SHA256"))
            #expect(try modern.client().command("PING") == Self.pong)
        }

        @Test func largeValuesPassBothWays() throws {
            let front = try SecureFront()
            var generator = SystemRandomNumberGenerator()
            let value = (0..<(3 << 20)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let client = try front.client()
            #expect(try client.command([Array("SET".utf8), Array("k".utf8), value]) == .ok)
            #expect(try client.command("GET", "k") == .bulkString(value))
            let sent = "\(front.redis.folder.path)/sent"
            let received = "\(front.redis.folder.path)/received"
            try Data(value.reversed()).write(to: URL(fileURLWithPath: sent))
            #expect(try front.curl("/SET/file", ["-X", "PUT", "--data-binary", "@\(sent)"]).output == #"{"SET":[true,"OK"]}"#)
            #expect(try front.curl("/GET/file.txt", ["-o", received]).code == 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: received)) == Data(value.reversed()))
        }

        @Test func pipelinedCommandsAreAnsweredInOrder() throws {
            let front = try SecureFront()
            let client = try front.client()
            var pipeline: [UInt8] = []
            for _ in 0..<5000 { pipeline += Array("*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n".utf8) }
            try client.stream.write(pipeline)
            for number in 1...5000 { #expect(try client.reply() == .integer(Int64(number))) }
        }

        @Test func repliesStillReachAClientThatHasSaidItsLastWord() throws {
            let front = try SecureFront()
            let client = try front.client()
            try client.send("SET", "k", "v")
            try client.send("GET", "k")
            client.stream.shutdownWriting()
            #expect(try client.reply() == .ok)
            #expect(try client.reply() == .bulk("v"))
            #expect(try client.stream.read().isEmpty)
        }

        @Test func theEndIsSaidInTLSsOwnWords() throws {
            let front = try SecureFront()
            let client = try front.client()
            try client.send("QUIT")
            #expect(try client.reply() == .ok)
            // Without a close_notify this read would fail: somebody might have cut the stream off.
            #expect(try client.stream.read().isEmpty)
        }

        @Test func aRequiredClientCertificateMustBeShownAndBeOfTheRightAuthority() throws {
            let front = try SecureFront(trustingClientsOf: "ca")
            #expect(try front.redisCLI(["PING"], showing: "client").output == "PONG\n")
            #expect(try front.curl("/PING", showing: "client").output == #"{"PING":[true,"PONG"]}"#)
            for name in [nil, "strange"] {
                #expect(throws: (any Error).self) { try front.client(showing: name).command("PING") }
                #expect(try front.redisCLI(["PING"], showing: name).output.contains("PONG") == false)
                #expect(try front.curl("/PING", showing: name).code != 0)
            }
            #expect(try front.handshakesFailed() == 4)
            #expect(try front.handshakesFailed("http") == 2)
            #expect(front.proxy.log.contains("peer did not return a certificate"))
            #expect(front.proxy.log.contains("certificate verify failed"))
        }

        @Test func anOptionalClientCertificateIsCheckedIfItIsShown() throws {
            let front = try SecureFront(["--listen-tls-client-auth", "optional"], trustingClientsOf: "ca")
            #expect(try front.client().command("PING") == Self.pong)
            #expect(try front.client(showing: "client").command("PING") == Self.pong)
            #expect(throws: (any Error).self) { try front.client(showing: "strange").command("PING") }
        }

        @Test func tlsBefore12AndRenegotiationAreRefused() throws {
            let front = try SecureFront()
            let old = try front.openSSLClient(["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
            #expect(old.code != 0)
            #expect(old.output.contains("alert protocol version"))
            #expect(try front.openSSLClient(["-tls1_2"]).output.contains("Protocol  : TLSv1.2"))
            #expect(try front.openSSLClient(["-tls1_3"]).output.contains("New, TLSv1.3"))
            // The client asks to renegotiate at this letter, and ends when it is refused.
            let input = Pipe()
            try input.fileHandleForWriting.write(contentsOf: Data("R\n".utf8))
            let output = "\(front.redis.folder.path)/renegotiation"
            let client = try ChildProcess(
                ["openssl", "s_client", "-tls1_2", "-connect", "127.0.0.1:\(front.respPort)", "-CAfile", front.certificates.authority],
                output: .file(output), standardInput: input.fileHandleForReading.fileDescriptor)
            front.redis.folder.entrust(client)
            #expect(client.wait(milliseconds: 5000))
            #expect(try String(contentsOfFile: output, encoding: .utf8).contains("no renegotiation"))
        }

        @Test func sessionsAreResumedByTicketsOnWhicheverLoop() throws {
            let front = try SecureFront(["--threads", "3"], trustingClientsOf: "ca")
            let ticket = "\(front.redis.folder.path)/ticket"
            let identity = ["-cert", front.certificates.certificate("client"), "-key", front.certificates.key("client"), "-tls1_2"]
            #expect(try front.openSSLClient(identity + ["-sess_out", ticket]).output.contains("New, TLSv1.2"))
            for _ in 0..<4 { #expect(try front.openSSLClient(identity + ["-sess_in", ticket]).output.contains("Reused, TLSv1.2")) }
        }

        @Test func plainTextOnATLSPortIsClosedAndCountedAndDisturbsNobody() throws {
            let front = try SecureFront()
            let other = try front.client()
            #expect(throws: (any Error).self) { try RESPClient(port: front.respPort).command("PING") }
            #expect(throws: (any Error).self) { try HTTPClient(port: front.httpPort).get("/PING") }
            #expect(try front.handshakesFailed() == 1)
            #expect(try front.handshakesFailed("http") == 1)
            #expect(front.proxy.log.contains("debug handshake failed"))
            #expect(front.proxy.log.contains("TLS handshake with 127.0.0.1:"))
            #expect(try other.command("PING") == Self.pong)
        }

        @Test func aHandshakeThatTakesTooLongIsClosed() throws {
            let front = try SecureFront(["--client-handshake-timeout", "200ms"])
            let loopback = try #require(Resolver.loopbackV4)
            let silent = try BlockingStream(SocketAddress(loopback, port: front.respPort), timeoutMilliseconds: 5000)
            let halting = try BlockingStream(SocketAddress(loopback, port: front.respPort), timeoutMilliseconds: 5000)
            // The first bytes of a ClientHello of 512 bytes.
            try halting.write([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3])
            let client = try front.client()
            #expect(try silent.read().isEmpty)
            #expect((try? halting.read().isEmpty) != false)
            #expect(try client.command("PING") == Self.pong)
            #expect(try front.handshakesFailed() == 2)
            #expect(front.proxy.log.contains("not done in time"))
        }

        @Test func tooManyClientsAreClosedWithoutAPlainWord() throws {
            let front = try SecureFront(["--listen-max-clients", "1"])
            let first = try front.client()
            #expect(try first.command("PING") == Self.pong)
            let second = try BlockingStream(SocketAddress(#require(Resolver.loopbackV4), port: front.respPort), timeoutMilliseconds: 5000)
            #expect(try second.read().isEmpty)
            #expect(try first.command("PING") == Self.pong)
        }

        @Test func theServersNameIsTheClientsToCheck() throws {
            let front = try SecureFront(["--http-hosts", "redis.test"], showing: "named")
            #expect(throws: (any Error).self) { try front.client().command("PING") }
            let context = try TLSClientContext(authorityFile: front.certificates.authority, serverName: "redis.test")
            #expect(try RESPClient(port: front.respPort, tls: context).command("PING") == Self.pong)
            let resolved = ["curl", "-sS", "--cacert", front.certificates.authority, "--resolve", "redis.test:\(front.httpPort):127.0.0.1"]
            let result = try Tool.run(resolved + ["https://redis.test:\(front.httpPort)/PING"], in: front.redis.folder)
            #expect(result.output == #"{"PING":[true,"PONG"]}"#)
        }

        @Test func connectionsAreDrainedAsPlainOnesAre() throws {
            let front = try SecureFront()
            let (idle, shaking) = (try front.client(), try RESPClient(port: front.respPort))
            #expect(try idle.command("PING") == Self.pong)
            front.proxy.process.signal(SIGTERM)
            #expect(try idle.stream.read().isEmpty)
            #expect(front.proxy.process.wait(milliseconds: 3000))
            #expect(front.proxy.process.exitCode == 0)
            #expect(throws: (any Error).self) { try shaking.command("PING") }
        }
    }
}
