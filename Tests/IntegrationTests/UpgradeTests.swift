import Bytes
import EventLoop
import Foundation
import Glibc
import LocalCluster
import RESP
import Synchronization
import Testing

extension RealServers {
    /// One process takes over from another while clients go on.
    @Suite struct Upgrades {
        /// How a client behaves.
        private enum Habit: CaseIterable {
            case keptRESP, newRESP, keptHTTP, newHTTP
        }

        /// A client that increments a counter without a pause in a thread of its own, and notes what it was told.
        private final class Counter: Sendable {
            private struct State {
                var isEnding = false
                var hasEnded = false
                var counted = 0
                var failures: [String] = []
            }

            private let state = Mutex(State())

            init(_ habit: Habit, _ proxy: MastergateProcess) throws {
                let (resp, http) = (proxy.respPort, proxy.httpPort)
                pthread_detach(
                    try SystemThread.start { [self] in
                        var client: RESPClient?
                        var web: HTTPClient?
                        while !state.withLock({ $0.isEnding }) {
                            do {
                                switch habit {
                                case .keptRESP, .newRESP:
                                    let used = try client ?? RESPClient(port: resp, timeoutMilliseconds: 20_000)
                                    client = habit == .keptRESP ? used : nil
                                    note(try "\(used.command("INCR", "n"))", starts: "integer")
                                case .keptHTTP, .newHTTP:
                                    let used = try web ?? HTTPClient(port: http, timeoutMilliseconds: 20_000)
                                    let response = try used.get("/INCR/n")
                                    let mayStay = response.fields["connection"]?.lowercased() != "close"
                                    web = habit == .keptHTTP && mayStay ? used : nil
                                    note("\(response.status) \(response.text)", starts: "200 {\"INCR\":")
                                }
                            } catch {
                                state.withLock { $0.failures.append("\(habit): \(error)") }
                                (client, web) = (nil, nil)
                            }
                        }
                        state.withLock { $0.hasEnded = true }
                    })
            }

            private func note(_ answer: String, starts: String) {
                state.withLock { if answer.hasPrefix(starts) { $0.counted += 1 } else { $0.failures.append(answer) } }
            }

            var counted: Int { state.withLock { $0.counted } }

            func finish() throws -> (counted: Int, failures: [String]) {
                state.withLock { $0.isEnding = true }
                try Patience.wait("the client to end", seconds: 30) { state.withLock { $0.hasEnded } }
                return state.withLock { ($0.counted, $0.failures) }
            }
        }

        /// The processes of one service, by its pid file; whatever is left of them goes with the test.
        private final class Lineage {
            private let path: String
            private(set) var processIDs: [Int32] = []

            init(_ path: String) { self.path = path }
            deinit { for id in processIDs where kill(id, 0) == 0 { kill(id, SIGKILL) } }

            /// Waits until the pid file names another process than the last one.
            func awaitNext() throws {
                try Patience.wait("another process to be the service", seconds: 30) {
                    guard let text = try? String(contentsOfFile: path, encoding: .utf8), let id = Int32(text.dropLast()), id != processIDs.last else { return false }
                    processIDs.append(id)
                    return true
                }
            }

            func hasEnded(_ index: Int) -> Bool { kill(processIDs[index], 0) != 0 || Self.isZombie(processIDs[index]) }

            /// Its parent may have gone before it, and whoever adopts it takes his time.
            static func isZombie(_ id: Int32) -> Bool {
                (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8))?.split(separator: ")").last?.hasPrefix(" Z") != false
            }
        }

        @Test func underLoadNoRequestFailsAndNoneIsLost() throws {
            let redis = try RedisServer()
            let pidFile = "\(redis.folder.path)/mastergate.pid"
            let proxy = try redis.mastergate(["--pidfile", pidFile])
            let lineage = Lineage(pidFile)
            try lineage.awaitNext()
            let counters = try (Habit.allCases + Habit.allCases).map { try Counter($0, proxy) }

            for round in 1...3 {
                let before = counters.map(\.counted)
                if round == 2 {
                    kill(try #require(lineage.processIDs.last), SIGUSR2)
                } else {
                    let (code, output) = try Program.run(["upgrade", "--admin", "127.0.0.1:\(proxy.adminPort)"], in: redis.folder)
                    #expect(code == 0, "\(output)")
                    #expect(output.contains("serves; this one stays until its clients have left"))
                }
                try lineage.awaitNext()
                try Patience.wait("every client to go on") { zip(before, counters.map(\.counted)).allSatisfy { $0 + 20 < $1 } }
            }
            let results = try counters.map { try $0.finish() }
            #expect(results.flatMap(\.failures) == [])
            #expect(try proxy.resp().command("GET", "n") == .bulk("\(results.reduce(0) { $0 + $1.counted })"))

            // Who has no client any more goes; the last one stays.
            try Patience.wait("the old processes to end") { (0..<3).allSatisfy { lineage.hasEnded($0) } }
            #expect(!lineage.hasEnded(3))
            #expect(try proxy.admin("/readyz").status == 200)
            #expect(try String(contentsOfFile: pidFile, encoding: .utf8) == "\(lineage.processIDs[3])\n")
            kill(lineage.processIDs[3], SIGTERM)
            try Patience.wait("the last one to end") { lineage.hasEnded(3) }
            #expect(access(pidFile, F_OK) != 0)
        }

        @Test func whoWaitsForAMessageStaysWithTheOldProcessAndLosesNone() throws {
            let redis = try RedisServer()
            let pidFile = "\(redis.folder.path)/mastergate.pid"
            let proxy = try redis.mastergate(["--pidfile", pidFile])
            let lineage = Lineage(pidFile)
            try lineage.awaitNext()
            let (subscriber, blocked) = (try proxy.resp(), try proxy.resp())
            try subscriber.command("SUBSCRIBE", "news")
            try blocked.send("BLPOP", "queue", "0")
            let direct = try redis.client()
            try Patience.wait("the client to block") { try direct.command("INFO", "clients").text?.contains("blocked_clients:1") == true }

            #expect(try HTTPClient(port: proxy.adminPort, timeoutMilliseconds: 40_000).request("PUT", "/upgrade").status == 200)
            try lineage.awaitNext()
            try direct.command("PUBLISH", "news", "hello")
            try direct.command("RPUSH", "queue", "x")
            #expect(try subscriber.reply() == .array([.bulk("message"), .bulk("news"), .bulk("hello")]))
            #expect(try blocked.reply() == .array([.bulk("queue"), .bulk("x")]))
            #expect(!lineage.hasEnded(0))
            #expect(try proxy.resp().command("PING") == .simpleString("PONG"))
        }

        @Test func aProgramThatDoesNotServeChangesNothing() throws {
            let redis = try RedisServer()
            let settings = "\(redis.folder.path)/mastergate.yaml"
            try "log:\n  level: info\n".write(toFile: settings, atomically: true, encoding: .utf8)
            let proxy = try redis.mastergate(["--config", settings, "--reload-on-change", "false"])
            let client = try proxy.resp()
            #expect(try client.command("SET", "k", "v") == .simpleString("OK"))
            try "log:\n  level: nonsense\n".write(toFile: settings, atomically: true, encoding: .utf8)
            let (code, output) = try Program.run(["upgrade", "--admin", "127.0.0.1:\(proxy.adminPort)"], in: redis.folder)
            #expect(code == 1)
            #expect(output.contains("the new process does not serve: it ended with"), "\(output)")
            #expect(output.contains("this process goes on"))
            #expect(try client.command("GET", "k") == .bulk("v"))
            #expect(try proxy.resp().command("GET", "k") == .bulk("v"))
            #expect(try proxy.http().get("/GET/k").text == #"{"GET":"v"}"#)
            #expect(try proxy.admin("/readyz").status == 200)
        }

        @Test func whoHasConnectedAndHasYetToSayForWhomIsServedByTheOldProcess() throws {
            let redis = try RedisServer()
            let pidFile = "\(redis.folder.path)/mastergate.pid"
            let proxy = try redis.mastergate(["--pidfile", pidFile, "--listen-proxy-protocol", "true"])
            let lineage = Lineage(pidFile)
            try lineage.awaitNext()
            let early = try proxy.resp()
            // Whoever comes behind is served, so that the early one has been taken in.
            let next = try proxy.resp()
            try next.stream.write(Array("PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\nPING\r\n".utf8))
            #expect(try next.reply() == .simpleString("PONG"))
            #expect(try HTTPClient(port: proxy.adminPort, timeoutMilliseconds: 40_000).request("PUT", "/upgrade").status == 200)
            try lineage.awaitNext()
            try next.command("QUIT")
            try early.stream.write(Array("PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\nPING\r\n".utf8))
            #expect(try early.reply() == .simpleString("PONG"))
        }

        @Test func whatIsPausedStaysSo() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            func put(_ target: String) throws -> HTTPClient.Response { try HTTPClient(port: proxy.adminPort, timeoutMilliseconds: 40_000).request("PUT", target) }
            #expect(try put("/pause").status == 200)
            let answer = try put("/upgrade")
            #expect(answer.status == 409)
            #expect(answer.text.contains("is paused: resume first; this process goes on"))
            #expect(try put("/resume").status == 200)
            #expect(try proxy.resp().command("PING") == .simpleString("PONG"))
        }

        @Test func whoIsToldToEndLeavesNobodyBehind() throws {
            let redis = try RedisServer()
            let pidFile = "\(redis.folder.path)/mastergate.pid"
            let proxy = try redis.mastergate(["--pidfile", pidFile, "--drain-timeout", "100ms"])
            // Without a master the new process cannot take over.
            redis.process.kill9()
            proxy.process.signal(SIGUSR2)
            try Patience.wait("another process to be started") { proxy.log.contains("upgrade: another process is started") && proxy.log.components(separatedBy: "notice starting").count == 3 }
            let started = try #require(proxy.log.firstMatch(of: /another process is started pid=(\d+)/)?.output.1)
            proxy.process.signal(SIGTERM)
            #expect(proxy.process.wait(milliseconds: 5000))
            try Patience.wait("the other one to end") { kill(Int32(started) ?? 0, 0) != 0 || Lineage.isZombie(Int32(started) ?? 0) }
        }

        @Test func patienceWithClientsOfTheOldProcessIsBounded() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--upgrade-timeout", "300ms", "--pidfile", "\(redis.folder.path)/mastergate.pid"])
            let lineage = Lineage("\(redis.folder.path)/mastergate.pid")
            try lineage.awaitNext()
            let client = try proxy.resp()
            #expect(try client.command("PING") == .simpleString("PONG"))
            #expect(try HTTPClient(port: proxy.adminPort, timeoutMilliseconds: 40_000).request("PUT", "/upgrade").status == 200)
            try lineage.awaitNext()
            try Patience.wait("the old process to end") { lineage.hasEnded(0) }
            #expect(throws: (any Error).self) { try client.command("PING") }
        }

        @Test func aUnixSocketIsHandedOverWithItsFile() throws {
            let redis = try RedisServer()
            let path = "\(redis.folder.path)/m.sock"
            let pidFile = "\(redis.folder.path)/mastergate.pid"
            let port = try FreePort.next()
            let process = try ChildProcess(
                [Program.path, "run", "--upstream", "127.0.0.1:\(redis.port)", "--listen", "unix:\(path)", "--http", "off", "--admin", "127.0.0.1:\(port)", "--pidfile", pidFile],
                output: .file("\(redis.folder.path)/unix.log"))
            redis.folder.entrust(process)
            let lineage = Lineage(pidFile)
            try lineage.awaitNext()
            func ping() throws -> String {
                let stream = try BlockingStream(#require(SocketAddress(unixPath: path)), timeoutMilliseconds: 10_000)
                try stream.write(Array("PING\r\n".utf8))
                return String(decoding: try stream.read(), as: UTF8.self)
            }
            try Patience.wait("the proxy to serve") { (try? ping()) == "+PONG\r\n" }
            process.signal(SIGUSR2)
            try lineage.awaitNext()
            #expect(process.wait(milliseconds: 5000))
            #expect(try ping() == "+PONG\r\n")
            kill(lineage.processIDs[1], SIGTERM)
            try Patience.wait("the last one to end") { lineage.hasEnded(1) }
            #expect(access(path, F_OK) != 0)
        }
    }
}
