import Bytes
import RESP

/// What a request tells of the server's scripts.
public enum ScriptEvent: Equatable, Sendable {
    /// The server has this script from now on.
    case loaded([UInt8])
    /// The server has none any more.
    case flushed

    /// Nil for a request about no script, or one that names it by its digest only.
    public init?(_ kind: CommandKind, _ request: Span<UInt8>) {
        switch kind {
        case .eval:
            guard let body = Self.argument(1, of: request) else { return nil }
            self = .loaded(body)
        case .scriptLoad:
            guard let body = Self.argument(2, of: request) else { return nil }
            self = .loaded(body)
        case .scriptFlush: self = .flushed
        default: return nil
        }
    }

    private static func argument(_ index: Int, of request: Span<UInt8>) -> [UInt8]? {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.next(in: request), count > index else { return nil }
        for place in 0...index {
            guard case .bulkString(let range)? = reader.next(in: request) else { return nil }
            if place == index {
                var argument: [UInt8] = []
                argument.append(request, in: range)
                return argument
            }
        }
        return nil
    }
}

/// The scripts that have passed to a master, to be loaded into the next one: a master that takes over knows none of them, and
/// EVALSHA would fail there. Functions need no such care, since they are replicated.
///
/// Two halves of equal size: what is used goes to the young one, and when that is full the old one is forgotten. So the
/// scripts in use stay, and one made up for every call costs no search. Source: https://redis.io/docs/latest/commands/evalsha/
public struct ScriptCache: Sendable {
    private let bytesMax: Int
    private var young: Set<[UInt8]> = []
    private var old: Set<[UInt8]> = []
    private var youngBytes = 0
    /// What an entry takes beside its bytes, about.
    private static let entryBytes = 64

    /// - Parameter bytesMax: of all scripts together; 0 keeps none.
    public init(bytesMax: Int) { self.bytesMax = bytesMax }

    public var isEmpty: Bool { young.isEmpty && old.isEmpty }
    public var scripts: [[UInt8]] { Array(young) + Array(old) }

    /// Takes a script in; true where it is a new one.
    public mutating func insert(_ script: [UInt8]) -> Bool {
        if young.contains(script) { return false }
        guard script.count + Self.entryBytes <= bytesMax / 2 else { return false }
        let isNew = old.remove(script) == nil
        if youngBytes + script.count + Self.entryBytes > bytesMax / 2 {
            old = young
            young = []
            youngBytes = 0
        }
        young.insert(script)
        youngBytes += script.count + Self.entryBytes
        return isNew
    }

    public mutating func removeAll() {
        young = []
        old = []
        youngBytes = 0
    }

    /// The requests that load all of them.
    public var requests: [UInt8] {
        var output: [UInt8] = []
        for script in scripts { CommandWriter.append([Array("SCRIPT".utf8), Array("LOAD".utf8), script], to: &output) }
        return output
    }
}
