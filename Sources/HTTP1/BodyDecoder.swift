import Bytes

/// Takes the payload of one request's body out of the connection's bytes, in as many pieces as they arrive.
public struct BodyDecoder: Sendable {
    /// What a call did with its bytes.
    public enum Progress: Equatable, Sendable {
        /// All `consumed` bytes given are used up, and the body goes on.
        case incomplete(consumed: Int)
        /// The body ended after `consumed` bytes; what follows is the next request.
        case complete(consumed: Int)
        /// The body is wrong or too large, and so will be every further call.
        case malformed(HTTPProblem)
    }

    private enum Framing: Sendable {
        case length(remaining: Int)
        case chunked(ChunkedDecoder)
        case failed(HTTPProblem)
    }

    private var framing: Framing

    /// A decoder for the body that `head` declares; a request that declares none has an empty one.
    public init(_ head: RequestHead, limits: HTTPLimits = HTTPLimits()) {
        if head.isChunked {
            framing = .chunked(ChunkedDecoder(bodyBytesMax: limits.bodyBytesMax))
        } else if let length = head.contentLength, length > limits.bodyBytesMax {
            framing = .failed(.bodyTooLarge)
        } else {
            framing = .length(remaining: head.contentLength ?? 0)
        }
    }

    /// Appends what `bytes` holds of the payload to `body`. A body of a declared length is known to be too large before
    /// its first byte: call once with no bytes before asking the client for more with `100 Continue`.
    public mutating func decode<Sink: ByteSink & ~Copyable>(_ bytes: Span<UInt8>, into body: inout Sink) -> Progress {
        switch framing {
        case .length(let remaining):
            let taken = min(remaining, bytes.count)
            body.append(bytes, in: 0..<taken)
            framing = .length(remaining: remaining - taken)
            return taken == remaining ? .complete(consumed: taken) : .incomplete(consumed: taken)
        case .chunked(var decoder):
            let progress = decoder.decode(bytes, into: &body)
            framing = if case .malformed(let problem) = progress { .failed(problem) } else { .chunked(decoder) }
            return progress
        case .failed(let problem):
            return .malformed(problem)
        }
    }
}

extension HTTPProblem {
    public static var bodyTooLarge: HTTPProblem { HTTPProblem(status: 413, message: "the request's body is too large") }
}
