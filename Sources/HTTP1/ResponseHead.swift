import Bytes

/// Writes the head of a response, line by line, into the buffer that the response goes out from.
public enum ResponseHead {
    /// `HTTP/1.y status reason`.
    public static func appendStatusLine(_ status: Int, minorVersion: Int, to output: inout [UInt8]) {
        output.append(minorVersion == 0 ? "HTTP/1.0 " : "HTTP/1.1 " as StaticString)
        Decimal.append(status, to: &output)
        output.append(ASCII.space)
        output.append(HTTPStatus.reason(status))
        appendLineEnd(to: &output)
    }

    /// A field whose value is our own text.
    public static func appendField(_ name: StaticString, _ value: StaticString, to output: inout [UInt8]) {
        output.append(name)
        output.append(": " as StaticString)
        output.append(value)
        appendLineEnd(to: &output)
    }

    /// A field whose value came from outside: a byte that could end the line or the value becomes `_`.
    public static func appendField(_ name: StaticString, untrusted value: Span<UInt8>, to output: inout [UInt8]) {
        output.append(name)
        output.append(": " as StaticString)
        for index in 0..<value.count { output.append(value[index] < 0x20 || value[index] == 0x7F ? UInt8(ascii: "_") : value[index]) }
        appendLineEnd(to: &output)
    }

    public static func appendLineEnd(to output: inout [UInt8]) {
        output.append(ASCII.carriageReturn)
        output.append(ASCII.lineFeed)
    }

    /// The response that makes a client with `Expect: 100-continue` send its body.
    public static let continuing: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"
}

/// The head's end and the body behind it, when the body's length is known only after it is written.
///
/// The length is written for a guessed body; when the guess has the right number of digits, which is nearly always,
/// the digits are put right in place, and nothing has to be moved or kept in a second buffer.
public struct ContentLengthField: ~Copyable {
    private let fieldStart: Int
    private let digitsStart: Int
    private let bodyStart: Int

    /// Writes `Content-Length` as the head's last field. The caller then appends the body to `output`, and nothing else.
    public init(expecting guess: Int, in output: inout [UInt8]) {
        fieldStart = output.count
        output.append("Content-Length: " as StaticString)
        digitsStart = output.count
        Decimal.append(max(0, guess), to: &output)
        output.append("\r\n\r\n" as StaticString)
        bodyStart = output.count
    }

    /// Puts the length of the body right; with `keepingBody` false, the answer to HEAD, the body goes and its length stays.
    /// `extra` are whole field lines for the head, written only when something turned up while the body was written.
    public consuming func close(keepingBody: Bool = true, extra: [StaticString] = [], in output: inout [UInt8]) {
        var length = output.count - bodyStart
        if !keepingBody { output.removeSubrange(bodyStart...) }
        let guessed = bodyStart - 4 - digitsStart
        let digits = Self.digits(of: length)
        if digits > guessed {
            output.insert(contentsOf: repeatElement(ASCII.zero, count: digits - guessed), at: digitsStart)
        } else {
            output.removeSubrange(digitsStart..<(digitsStart + guessed - digits))
        }
        for index in (digitsStart..<(digitsStart + digits)).reversed() {
            output[index] = ASCII.zero + UInt8(truncatingIfNeeded: length % 10)
            length /= 10
        }
        for line in extra.reversed() {
            output.insert(contentsOf: UnsafeBufferPointer(start: line.utf8Start, count: line.utf8CodeUnitCount), at: fieldStart)
        }
    }

    private static func digits(of value: Int) -> Int {
        var rest = value
        var count = 1
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        return count
    }
}
