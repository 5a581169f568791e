/// What Redis publishes of a command by `COMMAND`. Source: https://redis.io/docs/latest/commands/command/
package struct CommandTraits: Sendable, Equatable {
    /// Number of arguments, the name included; negative: at least as many.
    package let arity: Int
    package let flags: CommandFlags
    /// Position of the first key, 0 where there is none.
    package let firstKey: Int
    /// Position of the last key; negative counts from the end.
    package let lastKey: Int
    /// Distance between two keys.
    package let keyStep: Int
    /// Whether this is a row of the table. An unknown command counts as a write that may carry state.
    package let isKnown: Bool

    /// What is assumed of a command that the table does not hold.
    package static let unknown = CommandTraits(
        arity: -1, flags: [.write], firstKey: 0, lastKey: 0, keyStep: 0, isKnown: false)

    /// Whether running the command a second time changes nothing.
    package var isReadOnly: Bool { flags.contains(.readOnly) && !flags.contains(.write) }
}

/// The flags of a command that the proxy has a use for, one letter each in the generated table.
package struct CommandFlags: OptionSet, Sendable, Equatable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let write = CommandFlags(rawValue: 1 << 0)
    package static let readOnly = CommandFlags(rawValue: 1 << 1)
    package static let denyOOM = CommandFlags(rawValue: 1 << 2)
    package static let admin = CommandFlags(rawValue: 1 << 3)
    package static let pubSub = CommandFlags(rawValue: 1 << 4)
    package static let noScript = CommandFlags(rawValue: 1 << 5)
    package static let blocking = CommandFlags(rawValue: 1 << 6)
    package static let loading = CommandFlags(rawValue: 1 << 7)
    package static let stale = CommandFlags(rawValue: 1 << 8)
    package static let fast = CommandFlags(rawValue: 1 << 9)
    package static let noMulti = CommandFlags(rawValue: 1 << 10)
    package static let movableKeys = CommandFlags(rawValue: 1 << 11)
    package static let noAuth = CommandFlags(rawValue: 1 << 12)
    package static let allowBusy = CommandFlags(rawValue: 1 << 13)
    package static let mayReplicate = CommandFlags(rawValue: 1 << 14)
    package static let module = CommandFlags(rawValue: 1 << 15)

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
