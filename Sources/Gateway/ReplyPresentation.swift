import Rendering

/// How the reply to one request is to be shown: what is kept of the request until the reply comes.
package struct ReplyPresentation: Equatable {
    private var label = CommandLabel()
    package internal(set) var format = RenderFormat.json
    package internal(set) var framing = ResponseFraming()
    /// What few requests ask for; nil for nothing of it.
    package internal(set) var options: PresentationOptions?

    package init() {}

    /// The command is called `name`.
    mutating func setName(_ name: Span<UInt8>) {
        label = CommandLabel(name)
        guard label.isTooLong else { return }
        var copy: [UInt8] = []
        copy.append(name)
        setOption(\.longName, copy)
    }

    /// Calls `body` with the command's name, as it was typed.
    package func withName<Result: ~Copyable>(_ body: (Span<UInt8>) -> Result) -> Result {
        if let name = options?.values.longName { return body(name.span) }
        return label.withSpan(body)
    }

    /// The reply is a part of `batch`'s answer.
    package mutating func belong(to batch: BatchAnswer) { setOption(\.batch, batch) }

    /// The answer that the reply is a part of; nil where it is an answer itself.
    package var batch: BatchAnswer? { options?.values.batch }

    /// The origin of the page that asks, where it may read the answer.
    package var origin: [UInt8]? { options?.values.origin }

    /// Changes one of the options.
    mutating func setOption<Value>(_ path: WritableKeyPath<PresentationOptions.Values, Value>, _ value: Value) {
        var values = options?.values ?? PresentationOptions.Values()
        values[keyPath: path] = value
        options = PresentationOptions(values)
    }
}

/// What few requests ask for about their answers. A class, so that the many others carry one word of it.
package final class PresentationOptions: Equatable {
    package struct Values: Equatable {
        /// `?type=`: sent in place of the format's content type, in a text format.
        package var contentType: [UInt8]?
        /// `?sep=`: what stands between the elements of an aggregate in a text format.
        package var separator: [UInt8] = []
        /// `?filename=`: what a browser saves the body as.
        package var filename: [UInt8]?
        /// `?jsonp=` or `?callback=`: the function that the JSON is passed to. Checked; may be empty.
        package var callback: [UInt8]?
        /// The value of If-None-Match.
        package var ifNoneMatch: [UInt8]?
        /// The origin of the page that asks, where it may read the answer.
        package var origin: [UInt8]?
        /// `?encoding=base64`: strings leave in base64, so that no byte is lost in JSON.
        package var isBase64 = false
        /// The command's name, where it is too long for a ``CommandLabel``.
        var longName: [UInt8]?
        /// The answer that the reply is a part of.
        package var batch: BatchAnswer?
        /// Set where the answer is in Upstash's dialect.
        package var upstash: UpstashRules?
    }

    package let values: Values

    init(_ values: Values) { self.values = values }

    package static func == (left: PresentationOptions, right: PresentationOptions) -> Bool { left.values == right.values }
}
