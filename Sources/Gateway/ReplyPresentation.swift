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

    /// The user of Redis in whose name the command runs; nil for the proxy's own.
    public var redisUser: RedisUser? { options?.values.redisUser }

    /// The same for a command that changes nothing, or that may.
    public func reading(_ isRead: Bool) -> ReplyPresentation {
        var shown = self
        shown.framing.isRead = isRead
        return shown
    }

    /// The same for an error: no browser is to take its text for an image, a style or a page, no cache to keep it.
    func ofError() -> ReplyPresentation {
        var shown = self
        shown.framing.isRead = false
        if format.renderer == .text { shown.format = .plainText }
        guard var values = options?.values, values.contentType != nil || values.filename != nil || values.preface != nil else { return shown }
        values.contentType = nil
        values.filename = nil
        values.preface = nil
        shown.options = PresentationOptions(values)
        return shown
    }

    /// What caches may do with the response.
    func caching(_ rules: GatewayRules) -> ResponseFields.Caching {
        guard framing.isRead else { return .nothing }
        guard let preface = options?.values.preface, preface.question == .lifetime, let milliseconds = preface.number, milliseconds >= 1000 else { return .whenAsked }
        return .seconds(Int(clamping: milliseconds / 1000), isPrivate: rules.answersDepend)
    }

    /// Whether this is how a question before a command is shown: not at all.
    public var isPreface: Bool { options?.values.isPreface ?? false }

    /// Takes the answer to that question.
    public func takePreface(_ reply: Span<UInt8>) { options?.values.preface?.take(reply) }

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
        /// `?encoding=base64`: strings leave in base64, so that no byte is lost in JSON.
        public var isBase64 = false
        /// The command's name, where it is too long for a ``CommandLabel``.
        var longName: [UInt8]?
        /// The answer that the reply is a part of.
        public var batch: BatchAnswer?
        /// In whose name the command runs; nil for the proxy's own.
        public var redisUser: RedisUser?
        /// What is asked before the command.
        var preface: ReplyPreface?
        /// Whether this is the command that asks it.
        var isPreface = false
        /// Set where the answer is in Upstash's dialect.
        public var upstash: UpstashRules?
    }

    public let values: Values

    init(_ values: Values) { self.values = values }

    public static func == (left: PresentationOptions, right: PresentationOptions) -> Bool { left.values == right.values }
}
