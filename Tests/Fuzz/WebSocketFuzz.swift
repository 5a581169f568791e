import Bytes
import Gateway
import RESP
import WebSocket

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWebSocket(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    if let input = FuzzInput(start, count) { WebSocketFuzz(input).run() }
    return 0
}

/// Frames of one WebSocket client, whole and cut anywhere, and the commands in their messages.
private struct WebSocketFuzz {
    private let bytes: [UInt8]
    private let ends: [Int]
    private let messageBytesMax: Int
    private let isRaw: Bool

    init(_ input: FuzzInput) {
        bytes = input.bytes
        ends = input.ends
        // The narrow limit is reached by short inputs.
        messageBytesMax = input.choice & 1 == 1 ? 40 : 1 << 20
        isRaw = input.choice & 2 == 2
    }

    func run() {
        let whole = events(arrivals: [bytes.count])
        let pieces = events(arrivals: ends)
        demand(pieces == whole, "in pieces \(pieces), whole \(whole)")
        for case .message(_, let message) in whole {
            demand(message.count <= messageBytesMax, "a message of \(message.count) bytes is over the limit")
            check(message)
        }
    }

    private func events(arrivals: [Int]) -> [WebSocketFrameReader.Event] {
        var reader = WebSocketFrameReader(messageBytesMax: messageBytesMax, checksText: !isRaw)
        var events: [WebSocketFrameReader.Event] = []
        var start = 0
        for end in arrivals {
            while start < end {
                let (event, used) = reader.next(bytes.span.extracting(start..<end))
                demand(used > 0 && used <= end - start, "\(used) of \(end - start) bytes are used")
                start += used
                if let event { events.append(event) }
            }
        }
        return events
    }

    /// Each command is one whole request of RESP.
    private func check(_ message: [UInt8]) {
        guard case .commands(let commands) = WebSocketCommands(isRaw: isRaw, database: 0, commandsMax: 5).read(message.span) else { return }
        for command in commands where command.argumentCount > 0 {
            var scanner = RequestScanner()
            guard case .complete(let frame) = scanner.scan(command.arguments.span, limits: RESPLimits()) else { fatalError("broken: \(command) does not scan") }
            demand(frame.byteCount == command.arguments.count, "\(command) holds more than one request")
            demand(frame.argumentCount == command.argumentCount && frame.name == command.name, "\(command) is not what it says")
        }
    }
}
