import Bytes

/// Reads back the status of a response that begins with its status line.
package enum StatusLine {
    /// The three digits behind `HTTP/1.x `; 0 where there are none.
    package static func status(of response: [UInt8]) -> Int {
        guard response.count >= 12 else { return 0 }
        return Decimal.parse(response.span.extracting(9..<12)).map { Int($0) } ?? 0
    }
}
