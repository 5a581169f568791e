/// What Redis publishes of a command by `COMMAND`. Source: https://redis.io/docs/latest/commands/command/
public struct CommandTraits: Sendable, Equatable {
    /// Number of arguments, the name included; negative: at least as many.
    public let arity: Int
    public let flags: CommandFlags
    /// Position of the first key, 0 where there is none.
    public let firstKey: Int
    /// Position of the last key; negative counts from the end.
    public let lastKey: Int
    /// Distance between two keys.
    public let keyStep: Int
    /// Whether this is a row of the table. An unknown command counts as a write that may carry state.
    public let isKnown: Bool

    /// What is assumed of a command that the table does not hold.
    public static let unknown = CommandTraits(
        arity: -1, flags: [.write], firstKey: 0, lastKey: 0, keyStep: 0, isKnown: false)

    /// Whether running the command a second time changes nothing.
    public var isReadOnly: Bool { flags.contains(.readOnly) && !flags.contains(.write) }
}

/// The flags of a command that the proxy has a use for, one letter each in the generated table.
public struct CommandFlags: OptionSet, Sendable, Equatable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let write = CommandFlags(rawValue: 1 << 0)
    public static let readOnly = CommandFlags(rawValue: 1 << 1)
    public static let denyOOM = CommandFlags(rawValue: 1 << 2)
    public static let admin = CommandFlags(rawValue: 1 << 3)
    public static let pubSub = CommandFlags(rawValue: 1 << 4)
    public static let noScript = CommandFlags(rawValue: 1 << 5)
    public static let blocking = CommandFlags(rawValue: 1 << 6)
    public static let loading = CommandFlags(rawValue: 1 << 7)
    public static let stale = CommandFlags(rawValue: 1 << 8)
    public static let fast = CommandFlags(rawValue: 1 << 9)
    public static let noMulti = CommandFlags(rawValue: 1 << 10)
    public static let movableKeys = CommandFlags(rawValue: 1 << 11)
    public static let noAuth = CommandFlags(rawValue: 1 << 12)
    public static let allowBusy = CommandFlags(rawValue: 1 << 13)
    public static let mayReplicate = CommandFlags(rawValue: 1 << 14)
    public static let module = CommandFlags(rawValue: 1 << 15)

    init(letter: UInt8) {
        switch letter {
        case UInt8(ascii: "w"): self = .write
        case UInt8(ascii: "r"): self = .readOnly
        case UInt8(ascii: "d"): self = .denyOOM
        case UInt8(ascii: "a"): self = .admin
        case UInt8(ascii: "p"): self = .pubSub
        case UInt8(ascii: "n"): self = .noScript
        case UInt8(ascii: "b"): self = .blocking
        case UInt8(ascii: "l"): self = .loading
        case UInt8(ascii: "t"): self = .stale
        case UInt8(ascii: "f"): self = .fast
        case UInt8(ascii: "m"): self = .noMulti
        case UInt8(ascii: "k"): self = .movableKeys
        case UInt8(ascii: "u"): self = .noAuth
        case UInt8(ascii: "y"): self = .allowBusy
        case UInt8(ascii: "c"): self = .mayReplicate
        case UInt8(ascii: "o"): self = .module
        default: self = []
        }
    }
}
