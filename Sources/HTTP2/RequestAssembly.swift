import Bytes

/// Gathers the fields of one request and writes them as the head of an HTTP/1.1 one.
///
/// nghttp2 has refused what RFC 9113 forbids; all that could end a line or frame a body otherwise is looked at once more here,
/// since what is read from the text that comes out runs as a command.
struct RequestAssembly {
    private enum Place { case pseudoFields, fields }

    private var place = Place.pseudoFields
    private var method: [UInt8] = []
    private var path: [UInt8] = []
    private var authority: [UInt8] = []
    private var scheme: [UInt8] = []
    private var host: [UInt8]?
    private var lines: [UInt8] = []
    private var cookie: [UInt8] = []
    /// What all fields take together, written or not.
    private var listBytes = 0
    private var isTooLarge = false
    private(set) var isMalformed = false
    /// The length of the body that the request declares.
    private(set) var contentLength: Int?
    private let headBytesMax: Int

    init(headBytesMax: Int) { self.headBytesMax = headBytesMax }

    /// Whether so much has come for one request that no honest client sends it.
    var isExcessive: Bool { listBytes > HTTP2Limits.excessiveHeads * headBytesMax }
    var isHead: Bool { method.elementsEqual("HEAD".utf8) }

    /// Makes room for the next request.
    mutating func begin() {
        place = .pseudoFields
        method.removeAll(keepingCapacity: true)
        path.removeAll(keepingCapacity: true)
        authority.removeAll(keepingCapacity: true)
        scheme.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: lines.capacity <= 4096)
        cookie.removeAll(keepingCapacity: true)
        host = nil
        listBytes = 0
        isTooLarge = false
        isMalformed = false
        contentLength = nil
    }

    /// Takes in one field.
    mutating func add(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        listBytes &+= name.count &+ value.count &+ 4
        if listBytes > headBytesMax { isTooLarge = true }
        guard !isTooLarge, !isMalformed else { return }
        let isFine = name.count > 0 && name[0] == UInt8(ascii: ":") ? addPseudoField(name, value) : addField(name, value)
        if !isFine { isMalformed = true }
    }

    /// The control data of the request (RFC 9113, section 8.3.1): each once, and before the fields.
    private mutating func addPseudoField(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
        guard place == .pseudoFields, value.count > 0, FieldRules.isVisible(value) else { return false }
        if name == ":method" { return Self.set(&method, value) && FieldRules.isToken(value) }
        if name == ":path" { return Self.set(&path, value) }
        if name == ":scheme" { return Self.set(&scheme, value) }
        // Credentials may not stand in it.
        if name == ":authority" { return Self.set(&authority, value) && !authority.contains(UInt8(ascii: "@")) }
        return false
    }

    private static func set(_ target: inout [UInt8], _ value: Span<UInt8>) -> Bool {
        guard target.isEmpty else { return false }
        target.append(value)
        return true
    }

    private mutating func addField(_ name: Span<UInt8>, _ value: Span<UInt8>) -> Bool {
        place = .fields
        guard name.count > 0, FieldRules.isLowercaseToken(name), FieldRules.isValue(value) else { return false }
        switch name.count {
        case 2 where name == "te": return value == "trailers"
        case 4 where name == "host":
            guard host == nil else { return false }
            var text: [UInt8] = []
            text.append(value)
            host = text
            return true
        case 6 where name == "cookie":
            // One field in HTTP/1.1 (RFC 9113, section 8.2.3).
            if !cookie.isEmpty { cookie.append("; " as StaticString) }
            cookie.append(value)
            return true
        // They speak of a connection, which here is not the request's (RFC 9113, section 8.2.2).
        case 7 where name == "upgrade", 10 where name == "connection" || name == "keep-alive": return false
        case 16 where name == "proxy-connection", 17 where name == "transfer-encoding": return false
        case 14 where name == "http2-settings": return true
        case 14 where name == "content-length":
            guard contentLength == nil, value.count > 0, value.count <= 18, ASCII.isDigit(value[0]), let length = Decimal.parse(value) else { return false }
            contentLength = Int(length)
        default: break
        }
        lines.append(name)
        lines.append(": " as StaticString)
        lines.append(value)
        lines.append("\r\n" as StaticString)
        return true
    }

    /// Looks at what can be told only when all fields are there.
    mutating func end() {
        guard !isTooLarge else { return }
        // CONNECT has no path, and asks for a tunnel.
        if method.isEmpty || path.isEmpty || scheme.isEmpty { isMalformed = true }
        let isOptions = method.elementsEqual("OPTIONS".utf8)
        if path.first != UInt8(ascii: "/"), !(isOptions && path.elementsEqual("*".utf8)) { isMalformed = true }
        if let host, !authority.isEmpty, !ASCII.equalsIgnoringCase(host.span, authority.span) { isMalformed = true }
    }

    /// Writes the head.
    ///
    /// - Parameter isChunked: whether a body of unknown length follows.
    func write(isChunked: Bool, to text: inout [UInt8]) {
        let start = text.count
        text.append(method.span)
        text.append(ASCII.space)
        guard !isTooLarge || !path.isEmpty else { return writeExcess("/", from: start, to: &text) }
        text.append(path.span)
        text.append(" HTTP/1.1\r\n" as StaticString)
        if let name = authority.isEmpty ? host : authority {
            text.append("host: " as StaticString)
            text.append(name.span)
            text.append("\r\n" as StaticString)
        }
        text.append(lines.span)
        if !cookie.isEmpty {
            text.append("cookie: " as StaticString)
            text.append(cookie.span)
            text.append("\r\n" as StaticString)
        }
        if isChunked { text.append("transfer-encoding: chunked\r\n" as StaticString) }
        if isTooLarge { writeExcess("x: ", from: start, to: &text) } else { text.append("\r\n" as StaticString) }
    }

    /// Makes the head too long for whoever reads it, who answers that in its own words.
    private func writeExcess(_ beginning: StaticString, from start: Int, to text: inout [UInt8]) {
        text.append(beginning)
        text.append(contentsOf: repeatElement(UInt8(ascii: "x"), count: max(1, headBytesMax - (text.count - start) + 1)))
    }
}
