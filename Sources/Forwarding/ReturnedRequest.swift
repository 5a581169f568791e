import Bytes
import RESP

/// What becomes of a request that was sent and whose link is gone, or whose server would not run it.
///
/// | the request | verdict |
/// |---|---|
/// | not handed to the kernel to its last byte | run again: Redis runs nothing before it has come whole |
/// | answered by a server that is no usable master (``NotMasterReply``) | run again: that server ran nothing |
/// | repeatable by the command table, sent lately, its link lost for the first time | run once more, alone: it may be what cost the link |
/// | any other | unknown: never run again by us, since it may have run |
public enum ReturnedRequest: Sendable, Equatable {
    /// To be run on the new master, in its place among the client's requests.
    case runAgain([UInt8])
    /// The same, once more and alone: it may have run, and its link is lost.
    case rerun([UInt8])
    /// Nobody knows whether it ran; the client is told so.
    case unknown
    /// Not run, and not kept either, since it was too large: the client is told so.
    case notExecuted
    /// Its reply, which stands behind others that are still to come.
    case reply([UInt8])

    /// The verdict on a whole `request`, which is empty where it was not kept.
    ///
    /// - Parameter age: for how long it had been under way, in milliseconds.
    public init(_ request: [UInt8], wasHandedOver: Bool, kinds: CommandKinds, age: Int = 0, ageMax: Int = .max) {
        if request.isEmpty {
            self = wasHandedOver ? .unknown : .notExecuted
        } else if !wasHandedOver {
            self = .runAgain(request)
        } else {
            self = age <= ageMax && kinds.isRepeatable(request.span) ? .rerun(request) : .unknown
        }
    }

    /// The verdict where the link that is lost was there for one request that had cost a link before: it is not tried a third time.
    public var afterRerun: ReturnedRequest {
        switch self {
        case .rerun: .unknown
        case .runAgain(let request): .rerun(request)
        case .unknown, .notExecuted, .reply: self
        }
    }

    /// Whether it is sent (again).
    public var isToRun: Bool {
        switch self {
        case .runAgain, .rerun: true
        case .unknown, .notExecuted, .reply: false
        }
    }

    /// What the client is told of an unknown outcome. The first word is for programs.
    public static let unknownReply = Array("-UNKNOWN the link to the master was lost before the reply came; the command may have been executed\r\n".utf8)
    /// What the client is told of a command that did not run and cannot be run again.
    public static let notExecutedReply = Array("-NOMASTER the link to the master was lost while the command was being sent; the command was not executed\r\n".utf8)
}

/// The requests that lie in a buffer one behind another, as arrays of bulk strings.
enum KeptRequest {
    private static let limits = RESPLimits(bulkBytesMax: .max / 4, argumentCountMax: .max / 4)

    /// Bytes of the first of them; all where it is not whole.
    static func firstLength(in bytes: Span<UInt8>) -> Int { bytes.count > 0 ? frame(in: bytes)?.byteCount ?? bytes.count : 0 }

    /// What kind of command stands behind the first `count` requests; ``CommandKind/unknown`` where there is none.
    static func kind(in bytes: Span<UInt8>, behind count: Int, _ kinds: CommandKinds) -> CommandKind {
        var start = 0
        for _ in 0..<count {
            guard start < bytes.count, let passed = frame(in: bytes.extracting(start..<bytes.count)) else { return .unknown }
            start += passed.byteCount
        }
        guard start < bytes.count else { return .unknown }
        let rest = bytes.extracting(start..<bytes.count)
        return frame(in: rest).map { kinds.kind(of: rest.extracting($0.name), second: rest.extracting($0.second)) } ?? .unknown
    }

    /// A copy of each of them.
    static func all(in bytes: Span<UInt8>) -> [[UInt8]] {
        var all: [[UInt8]] = []
        var start = 0
        while start < bytes.count, let frame = frame(in: bytes.extracting(start..<bytes.count)) {
            var request: [UInt8] = []
            request.append(bytes, in: start..<(start + frame.byteCount))
            all.append(request)
            start += frame.byteCount
        }
        return all
    }

    /// What kind of command `request` is.
    static func kind(of request: Span<UInt8>, _ kinds: CommandKinds) -> CommandKind {
        frame(in: request).map { kinds.kind(of: request.extracting($0.name), second: request.extracting($0.second)) } ?? .unknown
    }

    private static func frame(in bytes: Span<UInt8>) -> RequestFrame? {
        if let frame = RequestScanner.wholeRequest(bytes, limits: limits) { return frame }
        var scanner = RequestScanner()
        guard case .complete(let frame) = scanner.scan(bytes, limits: limits) else { return nil }
        return frame
    }
}
