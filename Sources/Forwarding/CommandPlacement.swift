import Bytes
import RESP

/// On which kind of link one whole request may run that comes without a connection of its own, as over HTTP.
public enum CommandPlacement: Sendable, Equatable {
    /// Together with the requests of others.
    case shared
    /// On a link of its own, which is as good as new behind it.
    case exclusive
    /// On a link of its own, which nobody may use after it.
    case last

    /// The placement of `request`, an array of bulk strings whose name and second argument stand at the given places.
    public init(_ request: Span<UInt8>, name: Range<Int>, second: Range<Int>, kinds: CommandKinds, serverIsPaused: Bool = false) {
        self.init(request, kind: kinds.kind(of: request.extracting(name), second: request.extracting(second)), serverIsPaused: serverIsPaused)
    }

    /// The placement of `request`, which is of this kind.
    public init(_ request: Span<UInt8>, kind: CommandKind, serverIsPaused: Bool = false) {
        switch kind {
        case .read: self = .shared
        case .plain: self = serverIsPaused ? .exclusive : .shared
        case .readBlocksWhenTold, .blocksWhenTold: self = kind.blocks(request) ? .exclusive : .shared
        case .scan, .information, .blocking, .waitsForReplicas, .alone, .reconfigures, .eval, .scriptLoad, .scriptFlush: self = .exclusive
        // What leaves a link clean as a step of a transaction does so only together with the other steps.
        default: self = .last
        }
    }
}
