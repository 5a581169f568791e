import Access
import Rendering

/// How the reply to one request is to be shown: what is kept of the request until the reply comes.
public struct ReplyPresentation: Equatable {
    private var label = CommandLabel()
    public internal(set) var format = RenderFormat.json
    public internal(set) var framing = ResponseFraming()

    /// What few requests ask for; nil for nothing of it.
    public internal(set) var options: PresentationOptions?

    public init() {}

    /// The command is called `name`.
    mutating func setName(_ name: Span<UInt8>) {
        label = CommandLabel(name)
        guard label.isTooLong else { return }
        var copy: [UInt8] = []
        copy.append(name)
        setOption(\.longName, copy)
    }

    /// Calls `body` with the command's name, as it was typed.
    public func withName<Result: ~Copyable>(_ body: (Span<UInt8>) -> Result) -> Result {
        if let name = options?.values.longName { return body(name.span) }
        return label.withSpan(body)
    }

    /// The reply is a part of `batch`'s answer.
    public mutating func belong(to batch: BatchAnswer) { setOption(\.batch, batch) }

    /// The answer that the reply is a part of; nil where it is an answer itself.
    public var batch: BatchAnswer? { options?.values.batch }

    /// The origin of the page that asks, where it may read the answer.
    public var origin: [UInt8]? { options?.values.origin }

    /// The user of Redis in whose name the command runs; nil for the proxy's own.
    public var redisUser: RedisUser? { options?.values.redisUser }

    /// Changes one of the options.
    mutating func setOption<Value>(_ path: WritableKeyPath<PresentationOptions.Values, Value>, _ value: Value) {
        var values = options?.values ?? PresentationOptions.Values()
        values[keyPath: path] = value
        options = PresentationOptions(values)
    }
}

/// What few requests ask for about their answers. A class, so that the many others carry one word of it.
public final class PresentationOptions: Equatable {
    public struct Values: Equatable {
        /// `?type=`: sent in place of the format's content type, in a text format.
        public var contentType: [UInt8]?
        /// `?sep=`: what stands between the elements of an aggregate in a text format.
        public var separator: [UInt8] = []
        /// `?filename=`: what a browser saves the body as.
        public var filename: [UInt8]?
        /// `?jsonp=` or `?callback=`: the function that the JSON is passed to. Checked; may be empty.
        public var callback: [UInt8]?
        /// The value of If-None-Match.
        public var ifNoneMatch: [UInt8]?
        /// The origin of the page that asks, where it may read the answer.
        public var origin: [UInt8]?
        /// `?encoding=base64`: strings leave in base64, so that no byte is lost in JSON.
        public var isBase64 = false
        /// The command's name, where it is too long for a ``CommandLabel``.
        var longName: [UInt8]?
        /// The answer that the reply is a part of.
        public var batch: BatchAnswer?
        /// In whose name the command runs; nil for the proxy's own.
        public var redisUser: RedisUser?
        /// Set where the answer is in Upstash's dialect.
        public var upstash: UpstashRules?
    }

    public let values: Values

    init(_ values: Values) { self.values = values }

    public static func == (left: PresentationOptions, right: PresentationOptions) -> Bool { left.values == right.values }
}
