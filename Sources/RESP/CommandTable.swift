import Bytes

/// The commands of Redis 7 and 8 by name, and subcommands by `container|subcommand`; a look-up allocates nothing.
///
/// Open addressing over one flat array; names are compared whole, so that no made-up name passes for a known one.
public struct CommandTable: Sendable {
    public static let standard = CommandTable(rows: rows)

    private struct Slot: Sendable {
        /// Nil in an empty slot.
        var name: FoldedName?
        var traits = CommandTraits.unknown
        var hasSubcommands = false
        var isSubcommand = false
    }

    private var slots: [Slot]
    private var names: [Int: String] = [:]
    private let mask: Int

    init(rows: StaticString) {
        let capacity = 2048
        slots = Array(repeating: Slot(), count: capacity)
        mask = capacity - 1
        for row in rows.description.split(separator: "\n") { insert(row) }
    }

    /// Number of places that ``place(of:second:)`` can name.
    public var placeCount: Int { slots.count }

    /// The place of a command's row, for tables that hang on this one: of its subcommand where it is a container and
    /// `second` names one, of the container where it names none; nil where the table holds no such command.
    public func place(of name: Span<UInt8>, second: Span<UInt8>) -> Int? {
        // `config|set` is how the table writes it; as the name of a command Redis knows no such thing.
        guard let slot = find(name, second: nil), !slots[slot].isSubcommand else { return nil }
        guard slots[slot].hasSubcommands, second.count > 0, let inner = find(name, second: second) else { return slot }
        return inner
    }

    /// Whether the row at `place` is a container, which is what is found where a subcommand is not in the table.
    public func isContainer(_ place: Int) -> Bool { slots[place].hasSubcommands }

    /// Whether commands called `name` are told apart by their second word.
    public func isContainer(_ name: Span<UInt8>) -> Bool {
        guard let slot = find(name, second: nil), !slots[slot].isSubcommand else { return false }
        return slots[slot].hasSubcommands
    }

    /// The traits of the row at `place`.
    public subscript(place: Int) -> CommandTraits { slots[place].traits }

    /// Calls `body` with the name of each row (subcommands as `container|subcommand`, in small letters) and its place.
    public func forEachRow(_ body: (String, Int) -> Void) {
        for (place, name) in names.sorted(by: { $0.key < $1.key }) { body(name, place) }
    }

    /// Number of rows, subcommands included.
    public var count: Int { names.count }

    /// The traits of the command `name`, or of its subcommand where it is a container and `second` names one;
    /// ``CommandTraits/unknown`` where the table holds no such command.
    public func traits(of name: Span<UInt8>, second: Span<UInt8>) -> CommandTraits {
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
        guard let folded = FoldedName(name.span) else { preconditionFailure("Cannot keep a name as long as '\(fields[0])'") }
        var index = folded.hash & mask
        while slots[index].name != nil { index = (index + 1) & mask }
        slots[index].name = folded
        slots[index].traits = CommandTraits(
            arity: arity, flags: flags, firstKey: first, lastKey: last, keyStep: step, isKnown: true)
        names[index] = String(fields[0])
        // The rows are sorted, so a container stands before its subcommands.
        if let bar = name.firstIndex(of: UInt8(ascii: "|")) {
            slots[index].isSubcommand = true
            if let container = find(name.span.extracting(0..<bar), second: nil) { slots[container].hasSubcommands = true }
        }
    }

    private func find(_ name: Span<UInt8>, second: Span<UInt8>?) -> Int? {
        guard let folded = FoldedName(name, second: second) else { return nil }
        var index = folded.hash & mask
        while let other = slots[index].name {
            if other == folded { return index }
            index = (index &+ 1) & mask
        }
        return nil
    }
}
