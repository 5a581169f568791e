import Bytes
import RESP

/// The library that a client says it uses, by CLIENT SETINFO. One object serves all clients that say the same.
///
/// Source: https://redis.io/docs/latest/commands/client-setinfo/
public final class ClientLibrary: Sendable, Hashable {
    /// Empty for none.
    public let name, version: [UInt8]

    init(name: [UInt8] = [], version: [UInt8] = []) { (self.name, self.version) = (name, version) }

    public static func == (left: ClientLibrary, right: ClientLibrary) -> Bool { left.name == right.name && left.version == right.version }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(version)
    }

    /// The requests that make a link, which shows `shown`, show `wanted`; and their number.
    public static func requests(from shown: ClientLibrary?, to wanted: ClientLibrary?) -> (bytes: [UInt8], count: Int) {
        var (bytes, count): ([UInt8], Int) = ([], 0)
        for (word, before, after) in [("LIB-NAME", shown?.name ?? [], wanted?.name ?? []), ("LIB-VER", shown?.version ?? [], wanted?.version ?? [])] where before != after {
            CommandWriter.append([Array("CLIENT".utf8), Array("SETINFO".utf8), Array(word.utf8), after], to: &bytes)
            count += 1
        }
        return (bytes, count)
    }

    /// Whether the server that answers HELLO so knows of libraries: Redis and Valkey do since 7.2.
    public static func isKnown(byServer facts: ReplyValue) -> Bool {
        let numbers = (facts.fields?["version"] ?? "").split(separator: ".").prefix(2).map { Int($0) ?? 0 }
        guard let major = numbers.first else { return false }
        return major > 7 || major == 7 && numbers.count > 1 && numbers[1] >= 2
    }
}

/// The libraries that the clients of one loop use.
final class ClientLibraries {
    private static let countMax = 256
    private var known: Set<ClientLibrary> = []

    /// The object that stands for `library`, where there are not too many of them.
    func shared(_ library: ClientLibrary) -> ClientLibrary {
        if let index = known.firstIndex(of: library) { return known[index] }
        if known.count < Self.countMax { known.insert(library) }
        return library
    }
}

/// What a client says of its library: Redis shows it in CLIENT INFO and CLIENT LIST, and keeps it through RESET.
extension ClientSession {
    /// Whether the link that the client has for itself is to show its library: one on which connections are spoken of, and that nobody
    /// gets afterwards.
    public var showsLibrary: Bool { library != nil && !unsharedKind.leavesLinkClean }

    /// Takes what CLIENT SETINFO says, whose `arguments` are its words; the reply to it.
    mutating func setInfo(_ arguments: [[UInt8]]) -> [UInt8] {
        let (attribute, text) = (arguments[2], arguments[3])
        let reply = LocalReply.setInfo(attribute: attribute, text: text)
        if reply == LocalReply.ok {
            let isName = ASCII.equalsIgnoringCase(attribute, "LIB-NAME")
            let said = ClientLibrary(name: isName ? text : library?.name ?? [], version: isName ? library?.version ?? [] : text)
            library = said.name.isEmpty && said.version.isEmpty ? nil : rules.libraries.shared(said)
        }
        return reply
    }
}
