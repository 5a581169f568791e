import Bytes
import Testing

@testable import HTTP1

/// What a whole head yields, after checking that every way of cutting it yields the same.
func parse(
    _ text: String, limits: HTTPLimits = HTTPLimits(), sourceLocation: SourceLocation = #_sourceLocation
) -> RequestHeadParser.Progress {
    parse(Array(text.utf8), limits: limits, sourceLocation: sourceLocation)
}

func parse(
    _ bytes: [UInt8], limits: HTTPLimits = HTTPLimits(), sourceLocation: SourceLocation = #_sourceLocation
) -> RequestHeadParser.Progress {
    var whole = RequestHeadParser(limits: limits)
    let expected = whole.parse(bytes.span)
    for cut in 0...bytes.count {
        var parser = RequestHeadParser(limits: limits)
        var progress = parser.parse(bytes.span.extracting(first: cut))
        if case .complete = progress {
            #expect(progress == expected, "cut at \(cut)", sourceLocation: sourceLocation)
        } else {
            progress = parser.parse(bytes.span)
            #expect(progress == expected, "cut at \(cut)", sourceLocation: sourceLocation)
        }
    }
    var parser = RequestHeadParser(limits: limits)
    var progress = RequestHeadParser.Progress.incomplete
    for end in 0...bytes.count where progress == .incomplete { progress = parser.parse(bytes.span.extracting(first: end)) }
    #expect(progress == expected, "byte by byte", sourceLocation: sourceLocation)
    return expected
}

/// The head of a request that has to be valid.
func head(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> RequestHead {
    guard case .complete(let head, let count) = parse(text, sourceLocation: sourceLocation) else {
        throw Unexpected(description: "\(parse(text))")
    }
    #expect(count == text.utf8.count, sourceLocation: sourceLocation)
    return head
}

/// The status that a request is refused with; nil if it is not refused.
func refusal(_ text: String, limits: HTTPLimits = HTTPLimits(), sourceLocation: SourceLocation = #_sourceLocation) -> Int? {
    if case .malformed(let problem) = parse(text, limits: limits, sourceLocation: sourceLocation) { problem.status } else { nil }
}

struct Unexpected: Error, CustomStringConvertible { let description: String }

extension String {
    subscript(bytes range: Range<Int>?) -> String? { range.map { String(decoding: Array(utf8)[$0], as: UTF8.self) } }
}
