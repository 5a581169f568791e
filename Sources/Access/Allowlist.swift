import Bytes

/// The addresses that may connect. An empty list lets everyone in; whether that is wanted is the settings' question.
public struct Allowlist: Hashable, Sendable {
    public let ranges: [CIDRRange]

    public init(_ ranges: [CIDRRange] = []) { self.ranges = ranges }

    /// Whether the list restricts nobody because nothing is in it.
    public var isEmpty: Bool { ranges.isEmpty }

    /// Whether a peer of this address may connect. Takes time in proportion to the list.
    public func contains(_ address: IPAddress) -> Bool {
        ranges.isEmpty || ranges.contains { $0.contains(address) }
    }
}
