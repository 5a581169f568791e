import RESP

/// Redis's side of one connection, as far as commands change its state. It reads words as Redis does at its worst: up to the first
/// NUL, whatever Redis's table would make of the rest.
///
/// Sources: `server.c`, `multi.c`, `networking.c`, `pubsub.c` and `acl.c` of Redis 7.
struct ModelLink {
    struct State: Equatable {
        var user = "default"
        var database = 0
        var protocolVersion = 2
        var name: [UInt8] = []
        var isInTransaction = false
        var isWatching = false
        var isTracking = false
        var isNotEvicted = false
        var isNotTouching = false
        var isMonitoring = false
        var isDebugging = false
        var isReadOnly = false
        var isSilent = false
        var subscriptions: Set<[UInt8]> = []
    }

    private(set) var state = State()
    private var queued: [[[UInt8]]] = []
    private var isAborted = false
    private var skipsNext = false

    /// Runs a request; the bytes that come back.
    mutating func run(_ arguments: [[UInt8]]) -> [UInt8] {
        let name = Self.word(arguments, 0)
        let isSkipped = skipsNext
        skipsNext = false
        var output: [UInt8] = []
        if state.isInTransaction, !["EXEC", "DISCARD", "MULTI", "WATCH", "QUIT", "RESET"].contains(name) {
            queued.append(arguments)
            output = Array("+QUEUED\r\n".utf8)
        } else {
            output = execute(arguments)
        }
        return state.isSilent || isSkipped || skipsNext ? [] : output
    }

    private static func word(_ arguments: [[UInt8]], _ index: Int) -> String {
        guard index < arguments.count else { return "" }
        return String(decoding: arguments[index].prefix { $0 != 0 }, as: UTF8.self).uppercased()
    }

    private static let ok = Array("+OK\r\n".utf8)
    private static func error(_ text: String) -> [UInt8] { Array("-ERR \(text)\r\n".utf8) }

    private mutating func execute(_ arguments: [[UInt8]]) -> [UInt8] {
        let count = arguments.count
        switch Self.word(arguments, 0) {
        case "MULTI":
            guard count == 1, !state.isInTransaction else { return Self.error("MULTI") }
            state.isInTransaction = true
        case "EXEC": return exec(count)
        case "DISCARD":
            guard count == 1, state.isInTransaction else { return Self.error("DISCARD") }
            endTransaction()
        case "WATCH":
            guard count > 1, !state.isInTransaction else { return Self.error("WATCH") }
            state.isWatching = true
        case "UNWATCH":
            guard count == 1 else { return Self.error("UNWATCH") }
            state.isWatching = false
        case "SELECT":
            guard count == 2, let number = Int(String(decoding: arguments[1], as: UTF8.self)), (0..<16).contains(number) else { return Self.error("SELECT") }
            state.database = number
        case "AUTH":
            guard count == 3, Self.word(arguments, 2) == "PW" else { return Self.error("AUTH") }
            state.user = Self.word(arguments, 1)
        case "HELLO": return hello(arguments)
        case "CLIENT": return client(arguments)
        case "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE": return subscribe(arguments)
        case "MONITOR": state.isMonitoring = true
        case "SCRIPT" where Self.word(arguments, 1) == "DEBUG": state.isDebugging = true
        case "READONLY", "ASKING": state.isReadOnly = true
        case "RESET":
            (self, queued) = (ModelLink(), [])
            return Array("+RESET\r\n".utf8)
        case "GET", "ECHO": return Array("$1\r\nx\r\n".utf8)
        case "BLPOP": return Array("*-1\r\n".utf8)
        // A script answers with whatever it likes.
        case "EVAL": return count > 1 && arguments[1].first == UInt8(ascii: "q") ? Array("+QUEUED\r\n".utf8) : Self.ok
        default: return count > 3 ? Self.error("unknown command") : Self.ok
        }
        return Self.ok
    }

    private mutating func endTransaction() { (state.isInTransaction, state.isWatching, queued, isAborted) = (false, false, [], false) }

    private mutating func exec(_ count: Int) -> [UInt8] {
        guard state.isInTransaction else { return Self.error("EXEC without MULTI") }
        let requests = queued
        endTransaction()
        guard count == 1 else { return Array("-EXECABORT Transaction discarded because of: arity\r\n".utf8) }
        return requests.reduce(into: Array("*\(requests.count)\r\n".utf8)) { $0 += execute($1) }
    }

    private mutating func hello(_ arguments: [[UInt8]]) -> [UInt8] {
        guard arguments.count > 1 else { return Array("%0\r\n".utf8) }
        guard let version = Int(Self.word(arguments, 1)), version == 2 || version == 3 else { return Self.error("NOPROTO") }
        var index = 2
        while index < arguments.count {
            switch Self.word(arguments, index) {
            case "AUTH" where index + 2 < arguments.count:
                guard Self.word(arguments, index + 2) == "PW" else { return Self.error("WRONGPASS") }
                // Before the rest is looked at.
                state.user = Self.word(arguments, index + 1)
                index += 3
            case "SETNAME" where index + 1 < arguments.count:
                guard !arguments[index + 1].contains(where: { $0 <= 0x20 || $0 >= 0x7F }) else { return Self.error("name") }
                state.name = arguments[index + 1]
                index += 2
            default: return Self.error("Syntax error in HELLO option")
            }
        }
        state.protocolVersion = version
        return Array((version == 3 ? "%1\r\n+proto\r\n:3\r\n" : "*2\r\n+proto\r\n:2\r\n").utf8)
    }

    private mutating func client(_ arguments: [[UInt8]]) -> [UInt8] {
        let isOn = Self.word(arguments, 2) == "ON"
        switch (Self.word(arguments, 1), arguments.count) {
        case ("SETNAME", 3): state.name = arguments[2]
        case ("REPLY", 3):
            switch Self.word(arguments, 2) {
            case "ON": state.isSilent = false
            case "OFF": state.isSilent = true
            case "SKIP": skipsNext = true
            default: return Self.error("syntax")
            }
        case ("TRACKING", 3...): state.isTracking = isOn
        case ("NO-EVICT", 3): state.isNotEvicted = isOn
        case ("NO-TOUCH", 3): state.isNotTouching = isOn
        case ("ID", 2): return Array(":7\r\n".utf8)
        default: return Self.error("syntax")
        }
        return Self.ok
    }

    private mutating func subscribe(_ arguments: [[UInt8]]) -> [UInt8] {
        let word = Self.word(arguments, 0).lowercased()
        let isNew = !word.contains("unsub")
        let prefix = word.hasPrefix("p") ? 1 : word.hasPrefix("s") && word != "subscribe" && !word.hasPrefix("sub") ? 2 : 0
        var names = arguments.dropFirst().map { [UInt8(prefix)] + $0 }
        if isNew, names.isEmpty { return Self.error("arity") }
        if !isNew, names.isEmpty { names = state.subscriptions.filter { $0[0] == UInt8(prefix) }.sorted { $0.lexicographicallyPrecedes($1) } }
        let marker = state.protocolVersion == 3 ? ">" : "*"
        func confirmation(_ name: [UInt8]?) -> [UInt8] {
            let count = state.subscriptions.count { prefix == 2 ? $0[0] == 2 : $0[0] != 2 }
            let shown = name.map { Array("$\($0.count - 1)\r\n".utf8) + $0.dropFirst() + Array("\r\n".utf8) } ?? Array("$-1\r\n".utf8)
            return Array("\(marker)3\r\n$\(word.utf8.count)\r\n\(word)\r\n".utf8) + shown + Array(":\(count)\r\n".utf8)
        }
        if names.isEmpty { return confirmation(nil) }
        return names.reduce(into: []) { output, name in
            if isNew { state.subscriptions.insert(name) } else { state.subscriptions.remove(name) }
            output += confirmation(name)
        }
    }
}
