import RESP

/// A client's script made from a seed: requests whose replies depend on nothing but the script itself, since all its keys
/// and channels are its own. The same bytes must bring the same replies, whoever else is at work.
struct RandomScript {
    /// A reply that ends every script.
    static let ending = Array("$7\r\nthe end\r\n".utf8)

    private(set) var bytes: [UInt8] = []
    private var random: SplitMix
    private let prefix: String
    private var protocolVersion = 2
    private var commandCount: Int

    init(seed: UInt64, client: Int, commandCount: Int = 80) {
        random = SplitMix(seed: seed &* 1009 &+ UInt64(client))
        prefix = "c\(client):"
        self.commandCount = commandCount
        while self.commandCount > 0 { step() }
        send("CLIENT", "REPLY", "ON")
        send("RESET")
        send("ECHO", "the end")
    }

    private mutating func pick(_ count: Int) -> Int { random.next(below: count) }
    private mutating func key() -> String { prefix + "k\(pick(4))" }

    private mutating func send(_ words: String...) {
        commandCount -= 1
        // Now and then as a person would type it.
        if pick(20) == 0, words.allSatisfy({ !$0.isEmpty && $0.utf8.count < 100 && !$0.contains(" ") }) {
            bytes += Array((words.joined(separator: " ") + "\r\n").utf8)
        } else {
            CommandWriter.append(words.map { Array($0.utf8) }, to: &bytes)
        }
    }

    private mutating func step() {
        switch pick(26) {
        case 0...4: plain()
        case 5: send("SELECT", "\(pick(4))")
        case 6: send("SELECT", ["99", "x", "-1"][pick(3)])
        case 7: send("CLIENT", "SETNAME", prefix + "n\(pick(100))")
        case 8: send("CLIENT", "GETNAME")
        case 9:
            protocolVersion = 2 + pick(2)
            send("HELLO", "\(protocolVersion)")
        case 10, 11: transaction()
        case 12: watched()
        case 13, 14: blocking()
        case 15, 16: subscriptions()
        case 17: silence()
        case 18:
            send("RESET")
            protocolVersion = 2
        case 19: send("EVAL", "return {KEYS[1], redis.call('INCR', KEYS[1])}", "1", prefix + "n")
        case 20: large()
        case 21: send("NOSUCHCOMMAND", "x")
        case 22: send("GET")
        case 23: streams()
        case 24: send("CLIENT", "TRACKINGINFO")
        default: for _ in 0..<10 { plain() }
        }
    }

    private mutating func plain() {
        switch pick(9) {
        case 0: send("SET", key(), "v\(pick(1000))")
        case 1: send("GET", key())
        case 2: send("INCR", prefix + "n")
        case 3: send("RPUSH", prefix + "l", "\(pick(100))", "\(pick(100))")
        case 4: send("LRANGE", prefix + "l", "0", "20")
        case 5: send("DEL", prefix + "l", key())
        case 6: send("HSET", prefix + "h", "f\(pick(5))", "\(pick(100))")
        case 7: send("HGETALL", prefix + "h")
        default: send("ECHO", prefix + "\(pick(1000))")
        }
    }

    private mutating func transaction() {
        send("MULTI")
        for _ in 0..<pick(4) { plain() }
        if pick(6) == 0 { send("NOSUCHCOMMAND") }
        if pick(6) == 0 { send("SELECT", "\(pick(4))") }
        send(pick(4) == 0 ? "DISCARD" : "EXEC")
    }

    private mutating func watched() {
        let key = key()
        send("WATCH", key)
        if pick(2) == 0 { send("SET", key, "changed") }
        if pick(3) == 0 { send("UNWATCH") }
        transaction()
        send("EXEC")
    }

    private mutating func blocking() {
        if pick(2) == 0 { send("RPUSH", prefix + "b", "\(pick(100))") }
        switch pick(4) {
        case 0: send("BLPOP", prefix + "b", "0.02")
        case 1: send("BRPOPLPUSH", prefix + "b", prefix + "b2", "0.02")
        case 2: send("BLMOVE", prefix + "b", prefix + "l", "LEFT", "RIGHT", "0.02")
        default: send("WAIT", "0", "0")
        }
        plain()
    }

    private mutating func subscriptions() {
        // In which order all are given up at once is the server's secret, so then there is one.
        let isBare = pick(2) == 0
        send("SUBSCRIBE", prefix + "a")
        if !isBare { send("SUBSCRIBE", prefix + "b", prefix + "c") }
        send("PSUBSCRIBE", prefix + "*")
        if protocolVersion == 3 {
            // The client's own messages come to it in order with its replies.
            send("PUBLISH", prefix + "a", "m\(pick(100))")
            plain()
        } else {
            send("PING")
            send("GET", "not allowed here")
        }
        if isBare { send("UNSUBSCRIBE") } else { send("UNSUBSCRIBE", prefix + "c", prefix + "a", prefix + "b") }
        if pick(2) == 0 { send("PING") }
        send("PUNSUBSCRIBE", prefix + "*")
        send("SSUBSCRIBE", prefix + "s")
        send("SUNSUBSCRIBE")
        plain()
    }

    private mutating func silence() {
        if pick(2) == 0 {
            send("CLIENT", "REPLY", "SKIP")
            plain()
        } else {
            send("CLIENT", "REPLY", "OFF")
            for _ in 0..<pick(5) { plain() }
            send("CLIENT", "REPLY", "ON")
        }
        plain()
    }

    private mutating func large() {
        let value = String(repeating: "x", count: [3000, 70_000, 200_000][pick(3)])
        send("SET", prefix + "large", value)
        send("GET", prefix + "large")
        for _ in 0..<pick(3) { plain() }
    }

    private mutating func streams() {
        send("XADD", prefix + "x", "1-\(1000 + pick(1000))", "f", "v")
        send("XREAD", "COUNT", "2", "STREAMS", prefix + "x", "0")
        send("XREAD", "BLOCK", "10", "STREAMS", prefix + "x", "9-9")
    }
}

/// A small generator of repeatable numbers.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}
