import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct Failovers {
        @Test func aMasterThatIsKilledIsReplacedAndWritesGoOn() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let client = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try client.command("SET", "k", "before") == .ok)

            let old = cluster.servers[0]
            old.process?.kill9()
            // Nothing was in flight and nothing is settled on the connection: it stays, and the command waits.
            #expect(try client.command("SET", "k", "after") == .ok)

            let new = try cluster.awaitSwitch(from: old.port)
            #expect(try cluster.portBehind(proxy) == new)
            #expect(try proxy.http().get("/GET/k").text == #"{"GET":"after"}"#)
            #expect(try proxy.firstMaster()["master"] as? String == "127.0.0.1:\(new)")
            #expect(try proxy.firstMaster()["epoch"] as? Int == 1)
        }

        @Test func aForcedFailoverMovesBothFrontsAndLeavesNoLinkBehind() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let clients = try (0..<20).map { _ in try proxy.resp(timeoutMilliseconds: 20_000) }
            for client in clients { #expect(try client.command("PING") == .simpleString("PONG")) }
            let web = try proxy.http(timeoutMilliseconds: 20_000)
            #expect(try web.get("/PING").status == 200)

            let old = cluster.servers[0]
            let new = try cluster.failOver()
            try cluster.waitUntil("both fronts to lead to the new master") { try cluster.portBehind(proxy) == new }
            for client in clients { #expect(try client.command("CONFIG", "GET", "port").elements?.last == .bulk("\(new)")) }
            #expect(try web.get("/CONFIG/GET/port").text == #"{"CONFIG":["port","\#(new)"]}"#)
            // The old master runs on, and is a writable master for seconds yet: nothing of ours may be connected to it.
            let listed = try cluster.client(old).command("CLIENT", "LIST", "TYPE", "normal").text ?? ""
            #expect(listed.split(separator: "\n").allSatisfy { $0.contains("cmd=client|list") || $0.contains("cmd=role") || $0.contains("sentinel") || $0.contains("cmd=ping") || $0.contains("cmd=info") || $0.contains("cmd=NULL") }, "\(listed)")
            #expect(try #require(try proxy.metric("mastergate_upstream_errors_total{kind=\"fenced\"}")) > 0)
        }

        @Test func whatAClientHasSettledHoldsBehindASwitchAndWhatItWatchedCountsAsChanged() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let client = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try client.command("SELECT", "3") == .ok)
            #expect(try client.command("CLIENT", "SETNAME", "app") == .ok)
            let watcher = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try watcher.command("WATCH", "k") == .ok)
            let new = try cluster.failOver()
            try cluster.waitUntil("the new master") { try cluster.portBehind(proxy) == new }
            #expect(try client.command("SET", "k", "in the third database") == .ok)
            #expect(try client.command("CLIENT", "GETNAME") == .bulk("app"))
            let direct = try cluster.client(#require(cluster.server(at: new)))
            #expect(try direct.command("EXISTS", "k") == .integer(0))
            try direct.command("SELECT", "3")
            #expect(try direct.command("EXISTS", "k") == .integer(1))
            #expect(try watcher.command("MULTI") == .ok)
            #expect(try watcher.command("SET", "k", "watched") == .simpleString("QUEUED"))
            #expect(try watcher.command("EXEC") == .null)
            #expect(try watcher.command("GET", "k") == .null)
        }

        @Test func oneDeadSentinelOfThreeChangesNothing() throws {
            let cluster = try LocalCluster.started()
            cluster.sentinels[0].process?.kill9()
            let proxy = try cluster.mastergate()
            // What comes before is no sentinel's fault; a sanitizer makes it long.
            try cluster.waitUntil("the process to have begun") { proxy.log.contains("notice starting") }
            try proxy.awaitReady(seconds: 3)
            cluster.servers[0].process?.kill9()
            let new = try cluster.awaitSwitch(from: cluster.servers[0].port, ignoring: [cluster.sentinels[0]])
            #expect(try cluster.portBehind(proxy) == new)
            #expect(try proxy.firstMaster()["quorum"] as? Bool == true)
        }

        @Test func aSentinelThatSleptThroughTheFailoverIsNotBelieved() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let sleeper = cluster.sentinels[0]
            sleeper.process?.signal(SIGSTOP)
            let new = try cluster.failOver(asking: cluster.sentinels[1], ignoring: [sleeper])
            try cluster.waitUntil("the new master") { try cluster.portBehind(proxy) == new }
            sleeper.process?.signal(SIGCONT)
            // It wakes with its old belief, and is told better by the others; all the while nothing may move back.
            try cluster.waitUntil("the sleeper to have caught up") {
                #expect(try cluster.portBehind(proxy) == new)
                return try cluster.masterPort(by: sleeper) == new
            }
            #expect(try cluster.portBehind(proxy) == new)
            #expect(proxy.log.components(separatedBy: "master adopted").count - 1 == 2)
        }

        /// The state letter of each thread, as /proc tells it.
        private func threadStates(of proxy: MastergateProcess) -> [Substring] {
            let tasks = "/proc/\(proxy.process.processID)/task"
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
            return threads.compactMap { thread in
                let stat = try? String(contentsOfFile: "\(tasks)/\(thread)/stat", encoding: .utf8)
                return stat?.split(separator: ")").last?.split(separator: " ").first
            }
        }

        @Test func aProxyThatSleptThroughTheFailoverSendsNothingToTheOldMaster() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate()
            try proxy.awaitReady()
            let client = try proxy.resp(timeoutMilliseconds: 20_000)
            #expect(try client.command("SET", "k", "before") == .ok)
            let old = cluster.servers[0]

            proxy.process.signal(SIGSTOP)
            try Patience.wait("every thread to stand still") { threadStates(of: proxy).allSatisfy { $0 == "T" } }
            // It waits in the socket while the master moves, and the old one is a writable master for seconds yet.
            try client.send("SET", "k", "while asleep")
            let new = try cluster.failOver()
            proxy.process.signal(SIGCONT)
            // The command runs where the master is now, and the old one never sees it, save as the new one's replica.
            #expect(try client.reply() == .ok)
            #expect(try cluster.client(#require(cluster.server(at: new))).command("GET", "k") == .bulk("while asleep"))
            #expect(proxy.log.contains("a loop stood still"))
            let seen = try cluster.client(old).command("GET", "k")
            let isMasterYet = try cluster.client(old).command("ROLE").elements?.first?.text == "master"
            if isMasterYet { #expect(seen == .bulk("before")) }
        }

        @Test func commandsAreRefusedAsNotExecutedWhenNoMasterComes() throws {
            let cluster = try LocalCluster.started { $0.replicaCount = 0 }
            let proxy = try cluster.mastergate(["--failover-hold", "500ms"])
            try proxy.awaitReady()
            let client = try proxy.resp()
            #expect(try client.command("SET", "k", "1") == .ok)
            cluster.servers[0].process?.kill9()
            try client.send("SET", "k", "2")
            try client.send("INCR", "k")
            for _ in 0..<2 {
                guard case .error(let text) = try client.reply() else { return #expect(Bool(false), "an error was due") }
                #expect(text.hasPrefix("NOMASTER "))
                #expect(text.hasSuffix("the command was not executed"))
            }
            let answer = try proxy.http().get("/SET/k/3")
            #expect(answer.status == 503)
            #expect(answer.fields["retry-after"] == "1")
            #expect(try #require(try proxy.metric("mastergate_refused_no_master_total")) >= 3)

            try cluster.start(cluster.servers[0])
            try cluster.waitUntil("the master to be back") { try proxy.resp().command("SET", "k", "4") == .ok }
            #expect(try client.command("GET", "k") == .bulk("4"))
        }
    }
}
