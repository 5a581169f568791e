import Bytes
import RESP

/// What a server says it is. Source: https://redis.io/docs/latest/commands/role/
package enum ServerRole: Sendable, Equatable, CustomStringConvertible {
    /// A master, its replication offset, and the replicas that are connected with the offset that each has confirmed.
    case master(offset: UInt64, replicas: [Endpoint: UInt64])
    case replica(of: Endpoint?)
    case sentinel
    /// The server is there, and tells nothing to who has shown no password.
    case undisclosed
    /// The server would not say: no right, loading, busy; with its words.
    case refused(String)

    /// Reads the answer to `ROLE`, or to `INFO replication` where ROLE is not permitted.
    package init(_ reply: ReplyValue) {
        if case .error(let text) = reply {
            self = text.hasPrefix("NOAUTH") ? .undisclosed : .refused(text)
        } else if let parts = reply.elements, let kind = parts.first?.text {
            self = Self.role(kind, parts)
        } else if let text = reply.text {
            self = Self.role(information: text)
        } else {
            self = .refused("unexpected answer to ROLE")
        }
    }

    /// Reads the answer to `HELLO`, which tells the role too; nil where it does not.
    package init?(greeting reply: ReplyValue) {
        switch reply.fields?["role"] {
        case "master": self = .master(offset: 0, replicas: [:])
        case "replica", "slave": self = .replica(of: nil)
        default: return nil
        }
    }

    /// In the words of the field, or of the server.
    package var description: String {
        switch self {
        case .master: "master"
        case .replica(let master): master.map { "replica of \($0)" } ?? "replica"
        case .sentinel: "sentinel"
        case .undisclosed: "NOAUTH Authentication required."
        case .refused(let text): text
        }
    }

    package var isMaster: Bool {
        if case .master = self { return true }
        return false
    }

    private static func role(_ kind: String, _ parts: [ReplyValue]) -> ServerRole {
        switch kind {
        case "master":
            var offset: UInt64 = 0
            if parts.count > 1, case .integer(let value) = parts[1] { offset = UInt64(clamping: value) }
            var replicas: [Endpoint: UInt64] = [:]
            for entry in (parts.count > 2 ? parts[2].elements : nil) ?? [] {
                guard let fields = entry.elements, fields.count == 3, let host = fields[0].text,
                    let port = fields[1].text.flatMap(UInt16.init), let confirmed = fields[2].text.flatMap(UInt64.init)
                else { continue }
                replicas[Endpoint(host: host, port: port)] = confirmed
            }
            return .master(offset: offset, replicas: replicas)
        case "slave":
            guard parts.count > 2, let host = parts[1].text, case .integer(let port) = parts[2] else { return .replica(of: nil) }
            return .replica(of: Endpoint(host: host, port: UInt16(clamping: port)))
        case "sentinel": return .sentinel
        default: return .refused("unknown role \(kind)")
        }
    }

    private static func role(information: String) -> ServerRole {
        var fields: [Substring: Substring] = [:]
        for line in information.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...]
        }
        switch fields["role"] {
        case "master": return .master(offset: fields["master_repl_offset"].flatMap { UInt64($0) } ?? 0, replicas: [:])
        case "slave": return .replica(of: nil)
        default: return .refused("no role in INFO replication")
        }
    }
}
