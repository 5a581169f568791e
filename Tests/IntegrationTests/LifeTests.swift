import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct Life {
        @Test func onTermWhatIsInFlightEndsFirst() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let (busy, idle, web) = (try proxy.resp(), try proxy.resp(), try proxy.http())
            #expect(try idle.command("PING") == .simpleString("PONG"))
            try busy.send("EVAL", "local t = redis.call('TIME')[1] + 1 while redis.call('TIME')[1] + 0 < t + 0 do end return 'done'", "0")
            try web.send("GET /GET/k HTTP/1.1\r\nHost: h\r\n\r\n")
            try Patience.wait("both commands to be on their way") { try proxy.metric("mastergate_commands_total") == 3 }
            proxy.process.signal(SIGTERM)
            #expect(try busy.reply() == .bulk("done"))
            #expect(try web.response().status == 200)
            #expect(throws: (any Error).self) { try idle.reply() }
            #expect(proxy.process.wait(milliseconds: 3000))
            #expect(proxy.process.exitCode == 0)
            #expect(throws: (any Error).self) { try proxy.resp() }
        }

        @Test func onTermAWebClientIsToldThatItsResponseIsTheLast() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let (web, waiting) = (try proxy.http(), try proxy.http())
            for client in [web, waiting] { #expect(try client.get("/SET/k/v").fields["connection"] == nil) }
            proxy.process.signal(SIGTERM)
            try Patience.wait("the drain") { try proxy.admin("/readyz").text == "draining\n" }
            let last = try web.get("/GET/k")
            #expect(last.text == #"{"GET":"v"}"#)
            #expect(last.fields["connection"] == "Close")
            #expect(throws: (any Error).self) { try web.response() }
            // Who asks for nothing is closed a second later.
            #expect(throws: (any Error).self) { try waiting.response() }
            #expect(proxy.process.wait(milliseconds: 3000))
            #expect(proxy.process.exitCode == 0)
        }

        @Test func theGraceTimeIsBounded() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--drain-timeout", "300ms"])
            let waiting = try proxy.resp()
            try waiting.send("BLPOP", "queue", "0")
            let direct = try redis.client()
            try Patience.wait("the client to block") { try direct.command("INFO", "clients").text?.contains("blocked_clients:1") == true }
            proxy.process.signal(SIGTERM)
            #expect(proxy.process.wait(milliseconds: 2000))
            #expect(proxy.process.exitCode == 0)
        }

        @Test func onInterruptItEndsAtOnce() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate()
            let client = try proxy.resp()
            try client.send("BLPOP", "queue", "0")
            proxy.process.signal(SIGINT)
            #expect(proxy.process.wait(milliseconds: 1000))
            #expect(proxy.process.exitCode == 0)
        }

        @Test func logLinesAreJSONWhereAskedFor() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--log-format", "json"])
            let lines = proxy.log.split(separator: "\n")
            #expect(lines.count > 3)
            for line in lines {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                #expect(object?["ts"] is String && object?["level"] is String && object?["event"] is String)
            }
        }

        @Test func aPortInUseIsAnErrorThatNamesIt() throws {
            let redis = try RedisServer()
            let result = try Program.run(
                ["--upstream", "127.0.0.1:\(redis.port)", "--listen", "127.0.0.1:\(redis.port)", "--admin", "off"], in: redis.folder)
            #expect(result.code == 1)
            #expect(result.output.contains("listen on 127.0.0.1:\(redis.port): Address already in use"))
        }

        @Test func theConfigurationIsCheckedWithPlacesAndSuggestions() throws {
            let folder = try TemporaryFolder(prefix: "mastergate-test")
            let good = try folder.write("sentinel:\n  addresses: [a:26379, b:26379]\nhttp:\n  address: 127.0.0.1:7379\n", to: "good.yaml")
            let fine = try Program.run(["check-config", "--config", good], in: folder)
            #expect(fine.code == 0)
            let bad = try folder.write("sentinel:\n  addresses: [a]\nhttp:\n  lisen: x\nthreads: many\n", to: "bad.yaml")
            let wrong = try Program.run(["check-config", "--config", bad], in: folder)
            #expect(wrong.code == 78)
            #expect(wrong.output.contains("bad.yaml:4:3:"))
            #expect(wrong.output.contains("http.lisen"))
            #expect(wrong.output.contains("bad.yaml:5:"))
            let shown = try Program.run(["--config", good, "--redis-password", "hush", "--print-config"], in: folder)
            #expect(shown.code == 0)
            #expect(!shown.output.contains("hush"))
            #expect(try Program.run(["--version"], in: folder).output.hasPrefix("mastergate "))
            #expect(try Program.run(["--help"], in: folder).output.contains("--sentinel"))
        }

        @Test func theDemoFailsOverByItselfAndLeavesNothingBehind() throws {
            let folder = try TemporaryFolder(prefix: "mastergate-test")
            let place = try folder.makeFolder("demo")
            let result = try Tool.run(["env", "TMPDIR=\(place)", Program.path, "demo", "--once"], in: folder, seconds: 90)
            #expect(result.code == 0, "\(result.output)")
            #expect(result.output.contains("+switch-master"))
            #expect(result.output.contains("Outage: "))
            #expect(try FileManager.default.contentsOfDirectory(atPath: place).isEmpty)
        }

        @Test func aDemoThatIsKilledLeavesNothingBehindEither() throws {
            let folder = try TemporaryFolder(prefix: "mastergate-test")
            let place = try folder.makeFolder("demo")
            let output = "\(folder.path)/demo.log"
            let demo = try ChildProcess(["env", "TMPDIR=\(place)", Program.path, "demo"], output: .file(output))
            folder.entrust(demo)
            try Patience.wait("the demo to stand", seconds: 60) {
                try String(contentsOfFile: output, encoding: .utf8).contains("Ctrl-C ends everything")
            }
            // An upgraded Mastergate is no other's child, and goes all the same.
            let admin = try #require(String(contentsOfFile: output, encoding: .utf8).firstMatch(of: /--admin (127\.0\.0\.1:\d+)/)?.output.1)
            #expect(try Program.run(["upgrade", "--admin", String(admin)], in: folder).code == 0)
            try Patience.wait("the demo to follow") { try String(contentsOfFile: output, encoding: .utf8).contains("is Mastergate now") }
            demo.kill9()
            try Patience.wait("files and processes to be gone") {
                let processes = try Tool.run(["pgrep", "-f", place], in: folder).output
                return try FileManager.default.contentsOfDirectory(atPath: place).isEmpty && processes.isEmpty
            }
        }
    }
}
