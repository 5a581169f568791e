import Bytes
import HTTP1

/// The parameters that say how a reply is shown: `type`, `sep`, `filename`, and `jsonp` or `callback`, and `encoding`.
///
/// As in Webdis they are case-sensitive and taken as they stand, without percent-decoding; of two, the last counts;
/// others are ignored. A parameter without `=` says nothing. Values are visible ASCII, as all of a request target is.
struct QueryParameters {
    private(set) var type: Range<Int>?
    private(set) var separator: Range<Int>?
    private(set) var filename: Range<Int>?
    private(set) var callback: Range<Int>?
    /// `encoding=base64`
    private(set) var isBase64 = false

    /// Reads `bytes[query]`.
    init(_ query: Range<Int>, in bytes: Span<UInt8>) {
        var start = query.lowerBound
        while start < query.upperBound {
            let end = min(query.upperBound, ByteSearch.firstIndex(of: UInt8(ascii: "&"), in: bytes, from: start) ?? query.upperBound)
            let parameter = bytes.extracting(start..<end)
            if let equals = ByteSearch.firstIndex(of: UInt8(ascii: "="), in: parameter) {
                take(parameter.extracting(first: equals), (start + equals + 1)..<end, in: bytes)
            }
            start = end + 1
        }
    }

    private mutating func take(_ name: Span<UInt8>, _ value: Range<Int>, in bytes: Span<UInt8>) {
        if name.spells("type") {
            type = value.isEmpty ? nil : value
        } else if name.spells("sep") {
            separator = value
        } else if name.spells("filename") {
            filename = value
        } else if name.spells("encoding") {
            isBase64 = bytes.extracting(value).spells("base64")
        } else if name.spells("jsonp") || name.spells("callback") {
            callback = value
        }
    }
}
