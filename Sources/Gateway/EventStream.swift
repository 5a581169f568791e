import Bytes
import HTTP1
import RESP
import Rendering

/// An answer that goes on: what is published on channels, one event after another.
///
/// As Webdis has it, each event is a chunk that holds what a command with that reply would have been answered; to a client
/// that accepts `text/event-stream`, it is a Server-Sent Event with the same JSON as its data
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html). HTTP/1.0 has no chunks, so the events follow each other there.
public struct EventStream: Equatable {
    private let shown: ReplyPresentation
    /// How the answer looks where there is no stream after all.
    public var presentation: ReplyPresentation { shown }
    /// Whether events are Server-Sent Events.
    public let isServerSent: Bool

    public init(_ shown: ReplyPresentation, isServerSent: Bool) {
        var shown = shown
        shown.framing.isConditional = false
        if isServerSent { shown.format = .json }
        self.shown = shown
        self.isServerSent = isServerSent
    }

    /// Whether the client is told how many topics it listens to: Webdis leaves numbers out of text.
    public func tellsCounts(_ rules: GatewayRules) -> Bool { !rules.isWebdis || shown.format.renderer(RenderRules(isWebdis: true)) != .text }

    /// Appends the head, behind which events may follow.
    public func appendHead(_ rules: GatewayRules, to output: inout [UInt8]) {
        rules.fields.appendStart(200, shown.framing, to: &output)
        if isServerSent {
            ResponseHead.appendField("Content-Type", "text/event-stream", to: &output)
        } else {
            ContentFields.append(shown, rules, to: &output)
        }
        // A proxy that gathers events before it hands them on defeats them.
        if !rules.isWebdis { output.append("X-Accel-Buffering: no\r\n" as StaticString) }
        if isChunked { output.append("Transfer-Encoding: chunked\r\n" as StaticString) }
        (isChunked ? shown.framing : shown.framing.closing).appendConnection(isWebdis: rules.isWebdis, to: &output)
        output.append("\r\n" as StaticString)
    }

    /// Appends an event with `reply`, a complete reply.
    ///
    /// - Parameter id: what the client is to come back with, where it is a Server-Sent Event; nil where that does not change.
    public func append(_ reply: Span<UInt8>, id: [UInt8]? = nil, _ rules: GatewayRules, to output: inout [UInt8]) {
        var event: [UInt8] = []
        if let id, isServerSent { event += Array("id: ".utf8) + id + [ASCII.lineFeed] }
        if shown.options?.values.upstash != nil {
            event.append("data: " as StaticString)
            if reply.count > 3, reply[0] == UInt8(ascii: "+") {
                // A line of MONITOR is one status.
                event.append(reply.extracting(1..<(reply.count - 2)))
                event.append("\n\n" as StaticString)
                return append(chunk: event, to: &output)
            }
            let comma = [UInt8(ascii: ",")]
            guard TextRenderer.append(reply, separator: comma.span, to: &event) == .rendered else { return }
            // A line break would end the event: what stands behind it is data as well.
            event = Self.joinedLines(event)
            event.append("\n\n" as StaticString)
            return append(chunk: event, to: &output)
        }
        if isServerSent { appendEventName(of: reply, to: &event) }
        let outcome = shown.withName { GatewayResponse.render(shown, name: $0, reply: reply, rules, to: &event) }
        guard outcome == .rendered || outcome == .renderedWithReplacements else { return }
        if isServerSent { event.append("\n\n" as StaticString) }
        append(chunk: event, to: &output)
    }

    private static func joinedLines(_ event: [UInt8]) -> [UInt8] {
        guard event.contains(where: { $0 == ASCII.lineFeed || $0 == ASCII.carriageReturn }) else { return event }
        var joined: [UInt8] = []
        for (index, line) in event.split(omittingEmptySubsequences: false, whereSeparator: { $0 == ASCII.lineFeed || $0 == ASCII.carriageReturn }).enumerated() {
            if index > 0 { joined.append("\ndata: " as StaticString) }
            joined += line
        }
        return joined
    }

    /// Appends events that are written already.
    public func append(events: [UInt8], to output: inout [UInt8]) { append(chunk: events, to: &output) }

    /// Appends a sign of life, where the stream has one, with the id to come back with where there is one.
    public func appendHeartbeat(id: [UInt8]?, to output: inout [UInt8]) {
        guard isServerSent else { return }
        append(chunk: Array(":\n".utf8) + (id.map { Array("id: ".utf8) + $0 + [ASCII.lineFeed] } ?? []) + [ASCII.lineFeed], to: &output)
    }

    /// Appends the end, behind which the next response may follow.
    public func appendEnd(to output: inout [UInt8]) {
        if isChunked { output.append("0\r\n\r\n" as StaticString) }
    }

    private var isChunked: Bool { shown.framing.minorVersion > 0 }

    /// The first element of the array: `subscribe`, `message`, `pmessage`.
    private func appendEventName(of reply: Span<UInt8>, to event: inout [UInt8]) {
        var reader = ReplyReader()
        switch reader.next(in: reply) {
        case .array?, .push?: break
        default: return event.append("data: " as StaticString)
        }
        if case .bulkString(let word)? = reader.next(in: reply) {
            event.append("event: " as StaticString)
            event.append(reply, in: word)
            event.append(ASCII.lineFeed)
        }
        event.append("data: " as StaticString)
    }

    /// An empty chunk would end the stream.
    private func append(chunk: [UInt8], to output: inout [UInt8]) {
        guard !chunk.isEmpty else { return }
        if isChunked {
            let digits = String(chunk.count, radix: 16)
            output.append(utf8: digits)
            output.append("\r\n" as StaticString)
        }
        output.append(contentsOf: chunk)
        if isChunked { output.append("\r\n" as StaticString) }
    }
}
