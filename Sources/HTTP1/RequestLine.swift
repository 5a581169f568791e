import Bytes

extension RequestHead {
    /// Reads `method SP target SP HTTP/x.y` (RFC 9112, section 3) from `line`; what is wrong with it, or nil.
    ///
    /// Exactly one space at each place: the leniency that section 3 allows is how two parsers come to disagree.
    mutating func readRequestLine(_ line: Range<Int>, _ leniency: HTTPLeniency, in bytes: Span<UInt8>) -> HTTPProblem? {
        var index = line.lowerBound
        if line.count > 4, bytes.extracting(line.lowerBound..<(line.lowerBound &+ 4)).spells("GET ") {
            index &+= 3
        } else {
            while index < line.upperBound, FieldSyntax.isToken(bytes[index]) { index &+= 1 }
        }
        methodName = line.lowerBound..<index
        guard !methodName.isEmpty, index < line.upperBound, bytes[index] == ASCII.space else {
            return .badRequest("the request line does not begin with a method and a space")
        }
        method = HTTPMethod(bytes.extracting(methodName))

        let skipsSpaces = leniency.contains(.extraSpaces)
        var targetStart = index &+ 1
        while skipsSpaces, targetStart < line.upperBound, bytes[targetStart] == ASCII.space { targetStart &+= 1 }
        index = targetStart
        index = FieldSyntax.targetEnd(in: bytes, targetStart..<line.upperBound)
        target = targetStart..<index
        guard !target.isEmpty else { return .badRequest("the request target is missing or starts with an invalid byte") }
        guard index < line.upperBound else {
            guard leniency.contains(.otherVersions) else { return .badRequest("the request line has no HTTP version") }
            minorVersion = 0
            return nil
        }
        guard bytes[index] == ASCII.space else {
            return .badRequest("the request target holds a byte that has to be percent-encoded")
        }
        index &+= 1
        while skipsSpaces, index < line.upperBound, bytes[index] == ASCII.space { index &+= 1 }
        return readVersion(bytes.extracting(index..<line.upperBound), leniency)
    }

    private mutating func readVersion(_ version: Span<UInt8>, _ leniency: HTTPLeniency) -> HTTPProblem? {
        guard version.count == 8, version.extracting(0..<5).spells("HTTP/"), ASCII.isDigit(version[5]),
            version[6] == UInt8(ascii: "."), ASCII.isDigit(version[7])
        else { return .badRequest("the request line does not end with an HTTP version") }
        let isKnown = version[5] == UInt8(ascii: "1") && version[7] <= UInt8(ascii: "1")
        if !isKnown, leniency.contains(.otherVersions) { (connectionClose, hasOtherVersion) = (true, true) }
        guard version[5] == UInt8(ascii: "1") || leniency.contains(.otherVersions) else {
            return HTTPProblem(status: 505, message: "only HTTP/1.0 and HTTP/1.1 are spoken here")
        }
        minorVersion = version[7] == ASCII.zero ? 0 : 1
        return nil
    }
}
