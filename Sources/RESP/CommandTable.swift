import Bytes

/// The commands of Redis 7 and 8 by name, and subcommands by `container|subcommand`; a look-up allocates nothing.
///
/// Open addressing over one flat array; names are compared whole, so that no made-up name passes for a known one.
package struct CommandTable: Sendable {
    package static let standard = CommandTable(rows: rows)

    private struct Slot: Sendable {
        var nameStart = 0
        var nameCount = 0
        var traits = CommandTraits.unknown
        var hasSubcommands = false
        var isSubcommand = false
    }

    private var slots: [Slot]
    private var names: [UInt8] = []
    private let mask: Int

    init(rows: StaticString) {
        let capacity = 2048
        slots = Array(repeating: Slot(), count: capacity)
        mask = capacity - 1
        for row in rows.description.split(separator: "\n") { insert(row) }
    }

    /// Number of places that ``place(of:second:)`` can name.
    package var placeCount: Int { slots.count }

    /// The place of a command's row, for tables that hang on this one: of its subcommand where it is a container and
    /// `second` names one, of the container where it names none; nil where the table holds no such command.
    package func place(of name: Span<UInt8>, second: Span<UInt8>) -> Int? {
        // `config|set` is how the table writes it; as the name of a command Redis knows no such thing.
        guard let slot = find(name, second: nil), !slots[slot].isSubcommand else { return nil }
        guard slots[slot].hasSubcommands, second.count > 0, let inner = find(name, second: second) else { return slot }
        return inner
    }

    /// The traits of the row at `place`.
    package subscript(place: Int) -> CommandTraits { slots[place].traits }

    /// Calls `body` with the name of each row (subcommands as `container|subcommand`, in small letters) and its place.
    package func forEachRow(_ body: (String, Int) -> Void) {
        for (place, slot) in slots.enumerated() where slot.nameCount > 0 {
            body(String(decoding: names[slot.nameStart..<(slot.nameStart + slot.nameCount)], as: UTF8.self), place)
        }
    }

    /// Number of rows, subcommands included.
    package var count: Int { slots.count { $0.nameCount > 0 } }

    /// The traits of the command `name`, or of its subcommand where it is a container and `second` names one;
    /// ``CommandTraits/unknown`` where the table holds no such command.
    package func traits(of name: Span<UInt8>, second: Span<UInt8>) -> CommandTraits {
        place(of: name, second: second).map { slots[$0].traits } ?? .unknown
    }

    private mutating func insert(_ row: Substring) {
        let fields = row.split(separator: " ")
        guard fields.count == 6, let arity = Int(fields[1]), let first = Int(fields[3]), let last = Int(fields[4]),
            let step = Int(fields[5])
        else { preconditionFailure("Cannot read the row '\(row)' of the command table") }
        var flags = CommandFlags()
        for letter in fields[2].utf8 where letter != UInt8(ascii: "-") { flags.insert(CommandFlags(letter: letter)) }
        let name = Array(fields[0].utf8)
        var index = Self.hash(name.span) & mask
        while slots[index].nameCount > 0 { index = (index + 1) & mask }
        slots[index].nameStart = names.count
        slots[index].nameCount = name.count
        slots[index].traits = CommandTraits(
            arity: arity, flags: flags, firstKey: first, lastKey: last, keyStep: step, isKnown: true)
        names += name
        // The rows are sorted, so a container stands before its subcommands.
        if let bar = name.firstIndex(of: UInt8(ascii: "|")) {
            slots[index].isSubcommand = true
            if let container = find(name.span.extracting(0..<bar), second: nil) { slots[container].hasSubcommands = true }
        }
    }

    private func find(_ name: Span<UInt8>, second: Span<UInt8>?) -> Int? {
        var hash = Self.hash(name)
        var length = name.count
        if let second {
            hash = Self.hash(second, from: Self.step(hash, UInt8(ascii: "|")))
            length += second.count + 1
        }
        var index = hash & mask
        while slots[index].nameCount > 0 {
            if slots[index].nameCount == length, matches(slots[index].nameStart, name, second) { return index }
            index = (index &+ 1) & mask
        }
        return nil
    }

    private func matches(_ start: Int, _ name: Span<UInt8>, _ second: Span<UInt8>?) -> Bool {
        for offset in 0..<name.count where names[start &+ offset] != ASCII.lowercased(name[offset]) { return false }
        guard let second else { return true }
        let behind = start &+ name.count
        guard names[behind] == UInt8(ascii: "|") else { return false }
        for offset in 0..<second.count where names[behind &+ 1 &+ offset] != ASCII.lowercased(second[offset]) {
            return false
        }
        return true
    }

    /// FNV-1a over lower-cased letters.
    private static func hash(_ bytes: Span<UInt8>, from seed: Int = 0x811C_9DC5) -> Int {
        var hash = seed
        for index in 0..<bytes.count { hash = step(hash, ASCII.lowercased(bytes[index])) }
        return hash
    }

    private static func step(_ hash: Int, _ byte: UInt8) -> Int {
        ((hash ^ Int(byte)) &* 0x0100_0193) & 0xFFFF_FFFF
    }
}
