import EventLoop
import Foundation
import RESP

/// Compares what was read back with what the corpus expects; null there accepts anything.
struct CorpusComparison {
    let maskedKeys: Set<String>
    let folder: TemporaryFolder

    func difference(expected: [Any], found: [[String: Any]]) -> String? {
        for index in 0..<max(expected.count, found.count) {
            if index >= expected.count { return "#\(index): too much: \(found[index].keys.sorted())" }
            guard let wanted = expected[index] as? [String: Any] else { continue }
            guard index < found.count else { return "#\(index): missing" }
            if let difference = difference(wanted, found[index]) { return "#\(index): \(difference)" }
        }
        return nil
    }

    private func difference(_ wanted: [String: Any], _ found: [String: Any]) -> String? {
        if let error = found["error"], wanted["error"] == nil { return "\(error)" }
        if wanted["status"] != nil { return responseDifference(wanted, found) }
        if let chunk = wanted["chunk"] {
            guard let body = found["chunk"] as? [UInt8] else { return "no chunk" }
            return bodyDifference(CorpusCase.decoded(chunk), body)
        }
        if let frame = wanted["frame"] as? [String: Any] {
            guard let got = found["frame"] as? [String: Any], let payload = got["payload"] as? [UInt8] else { return "no frame" }
            for key in ["fin", "op", "masked"] {
                if let value = frame[key] as? Int, value != got[key] as? Int { return "frame's \(key) is \(got[key] ?? "nothing"), not \(value)" }
            }
            if frame["payload_prefix"] != nil { return payload.starts(with: CorpusCase.decoded(frame["payload_prefix"])) ? nil : "frame \(text(payload))" }
            if let hash = frame["payload_sha256"] as? String { return digest(payload) == hash ? nil : "frame of \(payload.count) bytes differs" }
            return frame["payload"] == nil ? nil : bodyDifference(CorpusCase.decoded(frame["payload"]), payload)
        }
        for key in ["eof", "quiet", "alive"] {
            if let value = wanted[key] as? Bool, value != found[key] as? Bool { return "\(key) is \(found[key] ?? "nothing"), not \(value)" }
        }
        if wanted["redis"] != nil, CorpusCase.decoded(wanted["redis"]) != found["redis"] as? [UInt8] {
            return "Redis says \(text(found["redis"] as? [UInt8] ?? []))"
        }
        return nil
    }

    private func responseDifference(_ wanted: [String: Any], _ found: [String: Any]) -> String? {
        guard let status = found["status"] as? Int, let headers = found["headers"] as? [String: String] else { return "no response" }
        let statuses = wanted["status"] as? [Int] ?? [wanted["status"] as? Int ?? 0]
        guard statuses.contains(status) else { return "status \(status), not \(statuses)" }
        for (name, value) in wanted["headers"] as? [String: Any] ?? [:] {
            guard let got = headers[name] else { return "no header \(name)" }
            if let value = value as? String, normal(name, got) != normal(name, value) { return "header \(name): \(got), not \(value)" }
        }
        for name in wanted["absent"] as? [String] ?? [] where headers[name] != nil { return "header \(name) present" }
        let body = found["body"] as? [UInt8] ?? []
        if wanted["not_contains"] != nil {
            let part = String(decoding: CorpusCase.decoded(wanted["not_contains"]), as: UTF8.self)
            if text(body).contains(part) { return "the body contains \(part)" }
        }
        if let hash = wanted["body_sha256"] as? String { return digest(body) == hash ? nil : "body of \(body.count) bytes differs" }
        return wanted["body"] == nil ? nil : bodyDifference(CorpusCase.decoded(wanted["body"]), body)
    }

    /// Lists of names in whatever order, and words in whatever case.
    private func normal(_ name: String, _ value: String) -> String {
        switch name {
        case "allow", "access-control-allow-methods", "access-control-allow-headers":
            value.lowercased().split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.sorted().joined(separator: ",")
        case "connection", "transfer-encoding", "upgrade": value.lowercased()
        default: value
        }
    }

    /// The bytes themselves; JSON may have its members in another order, and those that change from run to run of any value.
    private func bodyDifference(_ wanted: [UInt8], _ found: [UInt8]) -> String? {
        if wanted == found { return nil }
        if let left = try? JSONSerialization.jsonObject(with: Data(wanted)), let right = try? JSONSerialization.jsonObject(with: Data(found)), isEqual(left, right) { return nil }
        return "body \(text(found).prefix(120)), not \(text(wanted).prefix(120))"
    }

    private func isEqual(_ left: Any, _ right: Any) -> Bool {
        switch (left, right) {
        case (let left as [String: Any], let right as [String: Any]):
            Set(left.keys) == Set(right.keys) && left.allSatisfy { key, value in maskedKeys.contains(key) || right[key].map { isEqual(value, $0) } ?? false }
        case (let left as [Any], let right as [Any]): left.count == right.count && zip(left, right).allSatisfy { isEqual($0, $1) }
        default: type(of: left) == type(of: right) && "\(left)" == "\(right)"
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func digest(_ bytes: [UInt8]) -> String? {
        let file = folder.path + "/body"
        _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
        let output = try? Tool.run(["sha256sum", file], in: folder).output
        return output?.split(separator: " ").first.map(String.init)
    }

    /// A reply as it came.
    static func wire(_ reply: ReplyValue) -> [UInt8] {
        switch reply {
        case .simpleString(let text): Array("+\(text)\r\n".utf8)
        case .error(let text): Array("-\(text)\r\n".utf8)
        case .integer(let number): Array(":\(number)\r\n".utf8)
        case .bulkString(let bytes): Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
        case .array(let elements): Array("*\(elements.count)\r\n".utf8) + elements.flatMap(wire)
        default: Array("$-1\r\n".utf8)
        }
    }
}
