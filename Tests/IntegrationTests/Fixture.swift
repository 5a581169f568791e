import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

/// All suites that start real servers hang under this one, so that they run one after another: sentinels measure time,
/// and two failovers at once on two cores would make them see ghosts.
@Suite(.serialized) struct RealServers {}

/// The program under test, built beside the tests.
enum Program {
    static var path: String {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        // Under `swift test` the process is the toolchain's helper; the bundle's place is among its arguments then.
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? tests
        let folder = URL(fileURLWithPath: bundle).deletingLastPathComponent().path
        return folder + "/mastergate"
    }

    /// Runs the program to its end; its exit code and all it printed.
    static func run(_ arguments: [String], in folder: TemporaryFolder, seconds: Int = 60) throws -> (code: Int32?, output: String) {
        try Tool.run([path] + arguments, in: folder, seconds: seconds)
    }
}

/// Another program, run to its end.
enum Tool {
    static func run(_ words: [String], in folder: TemporaryFolder, seconds: Int = 60) throws -> (code: Int32?, output: String) {
        let file = "\(folder.path)/output-\(UUID().uuidString)"
        let process = try ChildProcess(words, output: .file(file))
        folder.entrust(process)
        if !process.wait(milliseconds: seconds * 1000) { process.kill9() }
        return (process.exitCode, (try? String(contentsOfFile: file, encoding: .utf8)) ?? "")
    }
}

extension LocalCluster {
    /// A started cluster.
    static func started(_ change: (inout Options) -> Void = { _ in }) throws -> LocalCluster {
        var options = Options()
        change(&options)
        let cluster = try LocalCluster(options, folderPrefix: "mastergate-test")
        try cluster.startServers()
        try cluster.startSentinels()
        return cluster
    }

    /// Mastergate in front of it, not yet awaited.
    func mastergate(_ arguments: [String] = [], sentinels: String? = nil) throws -> MastergateProcess {
        try MastergateProcess(
            executable: Program.path,
            ["--sentinel", sentinels ?? sentinelList, "--threads", "2", "--failover-hold", "10s"] + arguments, in: folder)
    }

    /// Forces a failover and waits until every living sentinel tells the new master; hands back its port.
    func failOver(asking sentinel: Node? = nil, ignoring stopped: [Node] = []) throws -> UInt16 {
        let asked = sentinel ?? sentinels[0]
        let old = try #require(try masterPort(by: asked))
        try waitUntil("SENTINEL FAILOVER to be accepted") {
            try self.sentinelClient(asked).command("SENTINEL", "FAILOVER", self.options.masterName) == .simpleString("OK")
        }
        return try awaitSwitch(from: old, ignoring: stopped)
    }

    /// Waits until every living sentinel names another master than the one at `old`.
    func awaitSwitch(from old: UInt16, ignoring stopped: [Node] = []) throws -> UInt16 {
        var new: UInt16 = old
        for sentinel in sentinels where !stopped.contains(where: { $0 === sentinel }) {
            try waitUntil("\(sentinel.name) to name the new master") {
                let port = try self.masterPort(by: sentinel)
                if let port, port != old { new = port }
                return port != nil && port != old
            }
        }
        return new
    }

    /// The port of the server that a command through `proxy` reaches.
    func portBehind(_ proxy: MastergateProcess, timeoutMilliseconds: Int = 12_000) throws -> UInt16? {
        let client = try proxy.resp(timeoutMilliseconds: timeoutMilliseconds)
        if !options.password.isEmpty { try client.command("AUTH", options.password) }
        return try client.command("CONFIG", "GET", "port").elements?.last?.text.flatMap(UInt16.init)
    }
}

extension MastergateProcess {
    /// What `/status` says of the first master.
    func firstMaster() throws -> [String: Any] {
        let page = try admin("/status").body
        let object = try JSONSerialization.jsonObject(with: Data(page)) as? [String: Any]
        return try #require((object?["masters"] as? [[String: Any]])?.first)
    }

    var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    /// The value of a metric line that begins with `prefix`.
    func metric(_ prefix: String) throws -> Int? {
        let samples = try admin("/metrics").text.split(separator: "\n").filter { $0.hasPrefix(prefix + " ") || $0.hasPrefix(prefix + "{") }
        // Of a metric with labels that are not given, the sum.
        return samples.isEmpty ? nil : samples.reduce(0) { $0 + ($1.split(separator: " ").last.flatMap { Int($0) } ?? 0) }
    }
}

extension ReplyValue {
    static func bulk(_ text: String) -> ReplyValue { .bulkString(Array(text.utf8)) }
    static let ok = ReplyValue.simpleString("OK")
}
