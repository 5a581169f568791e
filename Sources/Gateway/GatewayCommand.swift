import Rendering

/// A command that an HTTP request asks for, and how its reply is to be shown.
package struct GatewayCommand: Equatable, Sendable {
    /// The command as RESP writes it, ready for the upstream: an array of bulk strings.
    package internal(set) var arguments: [UInt8] = []
    package internal(set) var argumentCount = 0
    /// Where the command's name stands in ``arguments``, as it was typed.
    package internal(set) var name = 0..<0
    /// Where its first argument stands, which may be a subcommand.
    package internal(set) var firstArgument: Range<Int>?
    /// The database of the URL's prefix; nil for the default one. It may not exist: the upstream's SELECT tells.
    package internal(set) var database: Int?

    package internal(set) var format = RenderFormat.json
    /// `?type=`: sent in place of the format's content type, in a text format.
    package internal(set) var contentType: [UInt8]?
    /// `?sep=`: what stands between the elements of an aggregate in a text format.
    package internal(set) var separator: [UInt8] = []
    /// `?filename=`: what a browser saves the body as.
    package internal(set) var filename: [UInt8]?
    /// `?jsonp=` or `?callback=`: the function that the JSON is passed to. Checked; may be empty.
    package internal(set) var callback: [UInt8]?
    /// The value of If-None-Match.
    package internal(set) var ifNoneMatch: [UInt8]?
    package internal(set) var framing = ResponseFraming()

    /// The same with other arguments behind the same name, which must be as many.
    package func with(arguments: [UInt8]) -> GatewayCommand {
        var command = self
        command.arguments = arguments
        return command
    }
}
