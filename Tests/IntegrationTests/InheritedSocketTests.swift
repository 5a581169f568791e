import Bytes
import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    /// What systemd does with a socket unit, by its own tool.
    @Suite(.enabled(if: access("/usr/bin/systemd-socket-activate", X_OK) == 0, "systemd-socket-activate is not installed"))
    struct InheritedListeners {
        @Test func aSocketThatIsHandedOverIsServedAndNotBoundAgain() throws {
            let redis = try RedisServer()
            let port = try FreePort.next()
            let admin = try FreePort.next()
            let log = "\(redis.folder.path)/activated.log"
            let process = try ChildProcess(
                [
                    "systemd-socket-activate", "-l", "127.0.0.1:\(port)", Program.path, "run", "--upstream", "127.0.0.1:\(redis.port)", "--listen", "127.0.0.1:\(port)",
                    "--http", "off", "--admin", "127.0.0.1:\(admin)",
                ], output: .file(log))
            redis.folder.entrust(process)
            // The first one who connects starts it, and waits meanwhile.
            try Patience.wait("the socket to listen") { (try? BlockingStream(SocketAddress(#require(IPAddress("127.0.0.1")), port: port), timeoutMilliseconds: 1000)) != nil }
            let client = try RESPClient(port: port)
            #expect(try client.command("PING") == .simpleString("PONG"))
            #expect(try redis.folder.read("activated.log").contains("inherited=true"))
        }
    }
}
