import Bytes
import HTTP1
import Rendering

/// The part of a request that spells a command: `[/database]/COMMAND/arg0/…/argN[.ext]`, Webdis's grammar.
///
/// Arguments are percent-decoded, and in Webdis's dialect `+` is a space; the command's name is taken as it was typed. An extension counts
/// in the last segment only, and only if it is the name of a format; it is then no part of the argument.
enum CommandPath {
    /// Redis's own limit for the elements of one command. An argument can be one byte of a request and six of a command,
    /// so without it a body would grow sixfold.
    static let argumentCountMax = 1024 * 1024

    /// Reads `path` into `command`, with `body` as one more argument at the end; what speaks against it, or nil.
    ///
    /// One leading slash is skipped. A first segment of digits, with another behind it, is the database.
    /// - Parameter plusIsSpace: as it is in Webdis; a path has no such rule (RFC 3986), and clients encode it so.
    static func read(_ path: Span<UInt8>, body: Span<UInt8>?, plusIsSpace: Bool = false, into command: inout GatewayCommand) -> GatewayAnswer? {
        var start = path.count > 0 && path[0] == slash ? 1 : 0
        var nameEnd = segmentEnd(in: path, from: start)
        if nameEnd < path.count, let database = database(path.extracting(start..<nameEnd)) {
            command.database = database
            start = nameEnd + 1
            nameEnd = segmentEnd(in: path, from: start)
        }
        guard nameEnd > start else { return GatewayAnswer(status: 403, message: "the request names no command") }

        let marks = Marks(path.extracting(start..<path.count))
        let lastStart = start &+ marks.lastStart
        var end = path.count
        if let dot = marks.lastDot.map({ start &+ $0 }), dot > lastStart || lastStart > start,
            let format = RenderFormat(extension: path.extracting((dot + 1)..<end))
        {
            command.presentation.format = format
            end = dot
            nameEnd = min(nameEnd, end)
        }

        let count = marks.slashes &+ (body == nil ? 1 : 2)
        guard count <= argumentCountMax else { return GatewayAnswer(status: 413, message: "the command has too many arguments") }
        encode(path, name: start..<nameEnd, end: end, body: body, plusIsSpace: plusIsSpace, count: count, into: &command)
        return nil
    }

    private static let slash = UInt8(ascii: "/")

    private static func encode(
        _ path: Span<UInt8>, name: Range<Int>, end: Int, body: Span<UInt8>?, plusIsSpace: Bool, count: Int, into command: inout GatewayCommand
    ) {
        // The command's own memory is used again.
        var output: [UInt8] = []
        swap(&output, &command.arguments)
        if !output.isEmpty { output.removeAll(keepingCapacity: true) }
        // No argument gets longer than it was; each gets a length of at most 20 digits and two line ends.
        let room = end - name.lowerBound + (body?.count ?? 0) + lengthBytesMax * (count + 1)
        var firstArgument: Range<Int>?
        output.append(addingCapacity: room) { target in
            target.withUnsafeMutableBufferPointer { buffer, written in
                guard let base = buffer.baseAddress else { return }
                let start = UnsafeMutableRawPointer(base + written)
                var writer = RawWriter(start)
                writer.write(UInt8(ascii: "*"))
                writer.write(decimal: count)
                writer.writeLineEnd()
                command.name = writeBulk(path.extracting(name), from: start, by: &writer)
                var index = name.upperBound
                while index < end {
                    let segment = path.extracting((index + 1)..<segmentEnd(in: path, from: index + 1, limit: end))
                    let place = writeSegment(segment, plusIsSpace, from: start, by: &writer)
                    if firstArgument == nil { firstArgument = place }
                    index += 1 + segment.count
                }
                if let body {
                    let place = writeBulk(body, from: start, by: &writer)
                    if firstArgument == nil { firstArgument = place }
                }
                written += UnsafeRawPointer(writer.next) - UnsafeRawPointer(start)
            }
        }
        command.presentation.setName(path.extracting(name))
        command.firstArgument = firstArgument
        command.arguments = output
        command.argumentCount = count
    }

    /// A `$`, a length and the line ends behind it and behind its bytes.
    private static let lengthBytesMax = 25

    /// Writes `bytes` as a bulk string; where they stand, counted from `start`.
    private static func writeBulk(_ bytes: Span<UInt8>, from start: UnsafeMutableRawPointer, by writer: inout RawWriter) -> Range<Int> {
        let place = beginBulk(bytes.count, from: start, by: &writer)
        writer.write(bytes)
        writer.writeLineEnd()
        return place
    }

    /// The same for a segment of a path, which is decoded.
    private static func writeSegment(_ segment: Span<UInt8>, _ plusIsSpace: Bool, from start: UnsafeMutableRawPointer, by writer: inout RawWriter) -> Range<Int> {
        guard PercentDecoding.changes(segment) else { return writeBulk(segment, from: start, by: &writer) }
        let place = beginBulk(PercentDecoding.decodedCount(segment), from: start, by: &writer)
        writer.write(percentDecoded: segment, plusIsSpace: plusIsSpace)
        writer.writeLineEnd()
        return place
    }

    /// Writes the head of a bulk string of `count` bytes; where those will stand, counted from `start`.
    @inline(__always)
    private static func beginBulk(_ count: Int, from start: UnsafeMutableRawPointer, by writer: inout RawWriter) -> Range<Int> {
        writer.write(UInt8(ascii: "$"))
        writer.write(decimal: count)
        writer.writeLineEnd()
        let place = UnsafeRawPointer(writer.next) - UnsafeRawPointer(start)
        return place..<(place + count)
    }

    private static func segmentEnd(in path: Span<UInt8>, from start: Int, limit: Int? = nil) -> Int {
        min(limit ?? path.count, ByteSearch.firstIndex(of: slash, in: path, from: start) ?? path.count)
    }

    /// What stands where in a path behind the database, found in one pass.
    private struct Marks {
        var slashes = 0
        /// Where the last segment begins.
        var lastStart = 0
        /// The last dot in the last segment.
        var lastDot: Int?

        init(_ path: Span<UInt8>) {
            for index in 0..<path.count {
                let byte = path[unchecked: index]
                guard byte < 0x30 else { continue }
                if byte == CommandPath.slash {
                    slashes &+= 1
                    lastStart = index &+ 1
                    lastDot = nil
                } else if byte == UInt8(ascii: ".") {
                    lastDot = index
                }
            }
        }
    }

    /// The number of a database; nil if `segment` is no number. One that is too large for Redis becomes the largest that
    /// Redis reads, so that Redis says that there is no such database.
    private static func database(_ segment: Span<UInt8>) -> Int? {
        guard segment.count > 0 else { return nil }
        for index in 0..<segment.count where !ASCII.isDigit(segment[index]) { return nil }
        return Int(clamping: min(Decimal.parse(segment) ?? .max, Int64(Int32.max)))
    }
}
