import Bytes
import RESP

/// One request that is not simply passed on: taken apart as far as its kind needs it.
struct ClientRequest {
    let kind: CommandKind
    let argumentCount: Int
    /// Whether it may keep its connection waiting.
    let blocks: Bool
    /// All arguments, the name first, where the kind has a use for them or the request was inline.
    let arguments: [[UInt8]]
    /// The request as an array of bulk strings, where the client wrote it inline.
    let encoded: [UInt8]?

    /// Nil for an inline request with a quote that is not closed.
    ///
    /// - Parameters:
    ///   - bytes: the client's bytes, from the request's first one on.
    ///   - isComplete: whether the request has come whole.
    init?(_ frame: RequestFrame, _ bytes: Span<UInt8>, kinds: CommandKinds, isComplete: Bool = true) {
        if frame.isInline {
            let lineEnd = frame.byteCount - 1
            let contentEnd = lineEnd > 0 && bytes[lineEnd - 1] == ASCII.carriageReturn ? lineEnd - 1 : lineEnd
            guard let words = InlineRequest.arguments(of: bytes.extracting(0..<contentEnd)) else { return nil }
            let name = words.first ?? []
            let second = words.count > 1 ? words[1] : []
            var encoded: [UInt8] = []
            if !words.isEmpty { CommandWriter.append(words, to: &encoded) }
            kind = words.isEmpty ? .plain : kinds.kind(of: name.span, second: second.span)
            argumentCount = words.count
            arguments = words
            blocks = kind.blocks(encoded.span)
            self.encoded = encoded
        } else {
            let request = isComplete ? bytes.extracting(0..<frame.byteCount) : bytes
            let told = kinds.kind(of: bytes.extracting(frame.name), second: bytes.extracting(frame.second))
            // A subcommand so long that it was not waited for is none; Redis may see one at its beginning.
            kind = told == .unknown && frame.argumentCount > 1 && frame.second.isEmpty ? .disguised : told
            argumentCount = frame.argumentCount
            blocks = kind.blocks(request)
            arguments = kind.isReadWhole ? RequestArguments.all(of: request) : []
            encoded = nil
        }
    }

    /// Whether it may come in pieces: nothing whose arguments are looked at is that long in earnest.
    var mayBeLong: Bool { !kind.isReadWhole && kind != .quit && kind != .reset && kind != .sentinelHello && kind != .scan }

    /// Whether it may run on a connection that many share.
    func isShareable(serverIsPaused: Bool) -> Bool {
        switch kind {
        case .readBlocksWhenTold: !blocks
        case .blocksWhenTold: !blocks && !serverIsPaused
        default: kind.isShareable(serverIsPaused: serverIsPaused)
        }
    }

    /// Whether it asks for nothing: a line of blanks.
    var isEmpty: Bool { argumentCount == 0 }
}

extension CommandKind {
    /// Whether the session looks at such a request's arguments.
    var isReadWhole: Bool {
        switch self {
        case .select, .hello, .auth, .clientSetName, .clientSetInfo, .clientReply, .clientTracking, .clientNoEvict, .clientNoTouch, .clientPause, .scriptDebug, .disguised: true
        default: false
        }
    }
}
