import Bytes
import RESP
import Testing

/// A small generator whose whole run follows from its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

extension [UInt8] {
    func text(in range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }
}

/// Every outcome but ``RequestScanner/Outcome/incomplete`` of scanning `input`, of which `arrivals` tells how much is
/// there each time.
func scanned(
    _ input: [UInt8], arrivals: some Sequence<Int>, limits: RESPLimits = RESPLimits(), isAuthenticated: Bool = true
) -> [RequestScanner.Outcome] {
    var scanner = RequestScanner()
    var outcomes: [RequestScanner.Outcome] = []
    var start = 0
    for end in arrivals {
        arrived: while start < end {
            let outcome = scanner.scan(input.span.extracting(start..<end), limits: limits, isAuthenticated: isAuthenticated)
            switch outcome {
            case .incomplete: break arrived
            case .complete(let frame): start += frame.byteCount
            case .nothing(let count): start += count
            case .malformed: return outcomes + [outcome]
            }
            outcomes.append(outcome)
        }
    }
    return outcomes
}

/// What `input` holds, in words, after checking that every way of cutting it yields the same.
func requests(
    _ input: [UInt8], limits: RESPLimits = RESPLimits(), isAuthenticated: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
) -> [String] {
    let expected = scanned(input, arrivals: [input.count], limits: limits, isAuthenticated: isAuthenticated)
    for cut in 0...input.count {
        let found = scanned(input, arrivals: [cut, input.count], limits: limits, isAuthenticated: isAuthenticated)
        #expect(found == expected, "cut at \(cut)", sourceLocation: sourceLocation)
    }
    let single = scanned(input, arrivals: 0...input.count, limits: limits, isAuthenticated: isAuthenticated)
    #expect(single == expected, "byte by byte", sourceLocation: sourceLocation)
    var start = 0
    return expected.map { outcome in
        switch outcome {
        case .incomplete: return "incomplete"
        case .nothing(let count):
            start += count
            return "nothing \(count)"
        case .malformed(let error): return text(error.reply.dropLast(2))
        case .complete(let frame):
            let whole = Array(input[start..<(start + frame.byteCount)])
            start += frame.byteCount
            if frame.isInline { return "inline \(frame.byteCount)" }
            return "\(frame.argumentCount):\(whole.text(in: frame.name))|\(whole.text(in: frame.second)) \(frame.byteCount)"
        }
    }
}

func requests(
    _ input: String, limits: RESPLimits = RESPLimits(), isAuthenticated: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
) -> [String] {
    requests(bytes(input), limits: limits, isAuthenticated: isAuthenticated, sourceLocation: sourceLocation)
}

/// Where the replies of `input` end, of which `chunks` tells the ends; and the error that stops the framing.
struct Framing: Equatable {
    var ends: [Int] = []
    var markers: [UInt8] = []
    var error: ReplyError?
    var isBetweenReplies = true
}

func framed(_ input: [UInt8], chunks: some Sequence<Int>, nestingDepthMax: Int = 128) -> Framing {
    var framer = ReplyFramer(nestingDepthMax: nestingDepthMax)
    var framing = Framing()
    var base = 0
    for end in chunks {
        let chunk = input.span.extracting(base..<end)
        var index = 0
        while index < chunk.count {
            switch framer.advance(chunk, from: index) {
            case .incomplete: index = chunk.count
            case .malformed(let error):
                framing.error = error
                return framing
            case .reply(let marker, let replyEnd):
                framing.ends.append(base + replyEnd)
                framing.markers.append(marker)
                index = replyEnd
            }
        }
        base = end
    }
    framing.isBetweenReplies = framer.isBetweenReplies
    return framing
}

/// How `input` is framed, after checking that every way of cutting it yields the same.
func framed(
    _ input: [UInt8], nestingDepthMax: Int = 128, sourceLocation: SourceLocation = #_sourceLocation
) -> Framing {
    let expected = framed(input, chunks: [input.count], nestingDepthMax: nestingDepthMax)
    for cut in 0...input.count {
        let found = framed(input, chunks: [cut, input.count], nestingDepthMax: nestingDepthMax)
        #expect(found == expected, "cut at \(cut)", sourceLocation: sourceLocation)
    }
    let single = framed(input, chunks: 0...input.count, nestingDepthMax: nestingDepthMax)
    #expect(single == expected, "byte by byte", sourceLocation: sourceLocation)
    return expected
}

/// The value of `input`, which must be one whole reply; nil where it is none.
func value(_ input: [UInt8], depthMax: Int = 128) -> ReplyValue? {
    var reader = ReplyReader()
    guard let value = ReplyValue(input.span, reader: &reader, depthMax: depthMax), reader.offset == input.count else { return nil }
    return value
}

func value(_ input: String) -> ReplyValue? { value(bytes(input)) }
