import EventLoop
import Foundation
import LocalCluster
import RESP

/// A recorded conversation with Webdis, and what was or should have been answered.
struct CorpusCase {
    let id: String
    let config: String
    /// A fault of Webdis: what it answered is not wanted.
    let isBug: Bool
    /// What a right server answers where Webdis does not.
    let fixed: [Any]?
    private let recorded: [Any]
    private let setup: [[Any]]
    private let steps: [[String: Any]]
    private let maskedKeys: Set<String>

    init?(_ line: Substring) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], let id = object["id"] as? String,
            let config = object["config"] as? String, let steps = object["requests"] as? [[String: Any]], let recorded = object["responses"] as? [Any]
        else { return nil }
        self.id = id
        self.config = config
        self.steps = steps
        self.recorded = recorded
        isBug = object["bug"] != nil
        fixed = object["fixed"] as? [Any]
        setup = object["setup"] as? [[Any]] ?? []
        maskedKeys = Set(object["mask_keys"] as? [String] ?? [])
    }

    /// Has the conversation with a gateway; where it goes another way than expected, nil if it does not.
    func difference(gateway: UInt16, redis: UInt16, password: String?, in folder: TemporaryFolder) throws -> String? {
        let direct = try RESPClient(port: redis)
        if let password { try direct.command("AUTH", password) }
        try direct.command("FLUSHALL")
        var database = 0
        for command in setup {
            try direct.command(command.map(Self.argument))
            if (command.first as? String)?.uppercased() == "SELECT" { database = Int("\(command[1])") ?? 0 }
        }
        if database != 0 { try direct.command("SELECT", "0") }
        let conversation = CorpusConversation(gateway: gateway, direct: direct)
        for step in steps { conversation.perform(step) }
        return CorpusComparison(maskedKeys: maskedKeys, folder: folder).difference(expected: fixed ?? recorded, found: conversation.entries)
    }

    static func argument(_ value: Any) -> [UInt8] {
        if let object = value as? [String: Any] {
            if let text = object["b64"] as? String { return Self.decoded(text) }
            if let parts = object["gen"] as? [Any], let text = parts.first as? String, let count = parts.last as? Int {
                return Array(String(repeating: text, count: count).utf8)
            }
        }
        return Array("\(value)".utf8)
    }

    static func decoded(_ text: Any?) -> [UInt8] { (text as? String).flatMap { Data(base64Encoded: $0) }.map { Array($0) } ?? [] }
}

/// The steps of a case, and all that was read back.
final class CorpusConversation {
    private static let timeoutMilliseconds = 3000

    private let gateway: UInt16
    private let direct: RESPClient
    private var connections: [String: CorpusConnection] = [:]
    private(set) var entries: [[String: Any]] = []

    init(gateway: UInt16, direct: RESPClient) {
        self.gateway = gateway
        self.direct = direct
    }

    func perform(_ step: [String: Any]) {
        do { try run(step) } catch CorpusConnection.Trouble.timeout { entries.append(["error": "timeout"]) } catch CorpusConnection.Trouble.ended {
            entries.append(["error": "eof"])
        } catch { entries.append(["error": "\(error)"]) }
    }

    private func connection(_ step: [String: Any]) throws -> CorpusConnection {
        let name = step["conn"] as? String ?? "c0"
        if let known = connections[name] { return known }
        let new = try CorpusConnection(port: gateway, timeoutMilliseconds: Self.timeoutMilliseconds)
        connections[name] = new
        return new
    }

    private func run(_ step: [String: Any]) throws {
        if let command = step["redis"] as? [Any] { return try ask(command, step) }
        if step["raw"] != nil { try send(step) } else if let pause = step["sleep"] as? Int { usleep(UInt32(pause) * 1000) }
        if step["close"] != nil {
            connections[step["conn"] as? String ?? "c0"] = nil
            return
        }
        if let chunks = step["stream"] as? Int {
            let connection = try connection(step)
            var head = try connection.response(headOnly: true)
            head["body"] = nil
            entries.append(head)
            for _ in 0..<chunks { entries.append(["chunk": try connection.chunk()]) }
            return
        }
        let readsOne = step["raw"] != nil && step["frames"] == nil && step["quiet"] == nil && step["eof"] == nil
        for _ in 0..<(step["read"] as? Int ?? (readsOne ? 1 : 0)) {
            entries.append(try connection(step).response(headOnly: step["head"] as? Bool ?? false))
        }
        for _ in 0..<(step["chunks"] as? Int ?? 0) { entries.append(["chunk": try connection(step).chunk()]) }
        for _ in 0..<(step["frames"] as? Int ?? 0) { entries.append(["frame": try connection(step).frame()]) }
        if let quiet = step["quiet"] as? Int { try listen(connection(step), quiet) }
        if let end = step["eof"] { try awaitEnd(connection(step), (end as? Int).flatMap { $0 > 1 ? $0 : nil }) }
        if step["alive"] != nil {
            usleep(150_000)
            let probe = try? CorpusConnection(port: gateway, timeoutMilliseconds: Self.timeoutMilliseconds)
            probe?.send(Array("GET /PING HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            entries.append(["alive": (try? probe?.response(headOnly: false)["status"] as? Int) == 200])
        }
    }

    private func ask(_ command: [Any], _ step: [String: Any]) throws {
        let database = step["db"] as? Int ?? 0
        if database != 0 { try direct.command("SELECT", "\(database)") }
        defer { if database != 0 { _ = try? direct.command("SELECT", "0") } }
        let arguments = command.map(CorpusCase.argument)
        guard step["check"] != nil else {
            try direct.command(arguments)
            return
        }
        var reply = try direct.command(arguments)
        if step["want"] != nil {
            let wanted = CorpusCase.decoded(step["want"])
            for _ in 0..<150 where CorpusComparison.wire(reply) != wanted {
                usleep(20_000)
                reply = try direct.command(arguments)
            }
        }
        entries.append(["redis": CorpusComparison.wire(reply)])
    }

    private func send(_ step: [String: Any]) throws {
        var bytes = CorpusCase.decoded(step["raw"])
        if let fill = step["fill"] as? [Any], let text = fill.first as? String, let count = fill.last as? Int { bytes += Array(String(repeating: text, count: count).utf8) }
        bytes += CorpusCase.decoded(step["tail"])
        let cuts = [0] + (step["split"] as? [Int] ?? []) + [bytes.count]
        let connection = try connection(step)
        for (start, end) in zip(cuts, cuts.dropFirst()) {
            if start > 0 { usleep(UInt32(step["pause"] as? Int ?? 40) * 1000) }
            connection.send(Array(bytes[start..<end]))
        }
    }

    private func listen(_ connection: CorpusConnection, _ milliseconds: Int) throws {
        var heard = !connection.buffer.isEmpty
        do { heard = try heard || connection.fill(milliseconds) || connection.hasEnded } catch CorpusConnection.Trouble.timeout {}
        entries.append(["quiet": !heard])
    }

    private func awaitEnd(_ connection: CorpusConnection, _ milliseconds: Int?) throws {
        do {
            while try connection.fill(milliseconds) {}
            entries.append(["eof": connection.buffer.isEmpty])
        } catch CorpusConnection.Trouble.timeout { entries.append(["eof": false]) }
    }
}
