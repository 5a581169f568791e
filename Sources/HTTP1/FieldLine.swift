import Bytes

extension RequestHead {
    /// Reads one field line (RFC 9112, section 5) and takes what it says into the head; what is wrong with it, or nil.
    mutating func readFieldLine(_ line: Range<Int>, _ leniency: HTTPLeniency, in bytes: Span<UInt8>) -> HTTPProblem? {
        if FieldSyntax.isBlank(bytes[line.lowerBound]) {
            return .badRequest("a header line begins with white space; folded headers are not accepted")
        }
        var colon = line.lowerBound
        while colon < line.upperBound, FieldSyntax.isToken(bytes[colon]) { colon &+= 1 }
        guard colon > line.lowerBound else { return .badRequest("a header has no name or an invalid one") }
        guard colon < line.upperBound else {
            return leniency.contains(.linesWithoutColon) ? nil : .badRequest("a header line has no colon")
        }
        guard bytes[colon] == UInt8(ascii: ":") else {
            return .badRequest("a header name holds an invalid byte or white space before its colon")
        }
        let value = FieldSyntax.trimmed((colon &+ 1)..<line.upperBound, in: bytes)
        guard FieldSyntax.isValue(bytes.extracting(value)) else {
            return .badRequest("a header value holds a control byte or a bare line end")
        }
        return takeField(bytes.extracting(line.lowerBound..<colon), value: value, in: bytes)
    }

    /// Whether the fields agree with each other, once all are read; what is wrong, or nil.
    mutating func finish(_ leniency: HTTPLeniency) -> HTTPProblem? {
        if host == nil, minorVersion >= 1, !leniency.contains(.missingHost) { return .badRequest("an HTTP/1.1 request needs a Host header") }
        if hasTransferEncoding {
            // Two framings, or one that the sender's version does not have: the makings of request smuggling
            // (RFC 9112, section 6.1).
            if contentLength != nil { return .badRequest("Content-Length and Transfer-Encoding exclude each other") }
            if minorVersion == 0 { return .badRequest("HTTP/1.0 has no Transfer-Encoding") }
            if hasUnknownCoding { return HTTPProblem(status: 501, message: "the only transfer coding understood is chunked") }
        }
        expectsContinue = expects100 && minorVersion >= 1
        return nil
    }

    private mutating func takeField(_ name: Span<UInt8>, value: Range<Int>, in bytes: Span<UInt8>) -> HTTPProblem? {
        switch name.count {
        case 4 where ASCII.equalsIgnoringCase(name, "host"):
            return takeHost(value, in: bytes)
        case 5 where ASCII.equalsIgnoringCase(name, "range"):
            if range == nil { range = value }
        case 16 where ASCII.equalsIgnoringCase(name, "content-encoding"):
            if !value.isEmpty, !ASCII.equalsIgnoringCase(bytes.extracting(value), "identity") { hasContentCoding = true }
        case 6 where ASCII.equalsIgnoringCase(name, "expect"):
            // Other expectations are ignored, as RFC 9110, section 10.1.1, lets us.
            if ASCII.equalsIgnoringCase(bytes.extracting(value), "100-continue") { expects100 = true }
        case 6 where ASCII.equalsIgnoringCase(name, "origin"):
            if origin != nil { return .badRequest("there is more than one Origin header") }
            origin = value
        case 6 where ASCII.equalsIgnoringCase(name, "accept"):
            if accept == nil { accept = value }
        case 15 where ASCII.equalsIgnoringCase(name, "accept-encoding"):
            if acceptEncoding == nil { acceptEncoding = value }
        case 7 where ASCII.equalsIgnoringCase(name, "upgrade"):
            if upgradeValue == nil { upgradeValue = value }
        case 10 where ASCII.equalsIgnoringCase(name, "connection"):
            takeConnection(value, in: bytes)
        case 13 where ASCII.equalsIgnoringCase(name, "authorization"):
            if authorization != nil { return .badRequest("there is more than one Authorization header") }
            authorization = value
        case 13 where ASCII.equalsIgnoringCase(name, "if-none-match"):
            if ifNoneMatch == nil { ifNoneMatch = value }
        case 14 where ASCII.equalsIgnoringCase(name, "content-length"):
            return takeContentLength(bytes.extracting(value))
        case 14 where ASCII.equalsIgnoringCase(name, "sec-fetch-site"):
            // Whatever is none of these two words is no word of a page that may.
            let site = bytes.extracting(value)
            if !ASCII.equalsIgnoringCase(site, "same-origin"), !ASCII.equalsIgnoringCase(site, "none") { isOfOtherOrigin = true }
        case 17 where ASCII.equalsIgnoringCase(name, "transfer-encoding"):
            return takeTransferEncoding(value, in: bytes)
        default: break
        }
        return nil
    }

    private mutating func takeHost(_ value: Range<Int>, in bytes: Span<UInt8>) -> HTTPProblem? {
        if host != nil { return .badRequest("there is more than one Host header") }
        for index in value where !FieldSyntax.isHost(bytes[index]) {
            return .badRequest("the Host header holds a byte that no host name has")
        }
        host = value
        return nil
    }

    private mutating func takeConnection(_ value: Range<Int>, in bytes: Span<UInt8>) {
        var rest = value
        while let (element, after) = FieldSyntax.nextElement(of: rest, in: bytes) {
            rest = after
            let option = bytes.extracting(element)
            if ASCII.equalsIgnoringCase(option, "close") {
                connectionClose = true
            } else if ASCII.equalsIgnoringCase(option, "keep-alive") {
                connectionKeepAlive = true
            } else if ASCII.equalsIgnoringCase(option, "upgrade") {
                connectionUpgrade = true
            }
        }
    }

    /// RFC 9110, section 8.6, allows a repeated equal value; we do not, as no client sends one.
    private mutating func takeContentLength(_ value: Span<UInt8>) -> HTTPProblem? {
        if contentLength != nil { return .badRequest("there is more than one Content-Length header") }
        guard value.count > 0 else { return .badRequest("the Content-Length is empty") }
        for index in 0..<value.count where !ASCII.isDigit(value[index]) {
            return .badRequest("the Content-Length is not a plain number")
        }
        guard let length = Decimal.parse(value), let count = Int(exactly: length) else {
            return HTTPProblem(status: 413, message: "the Content-Length is beyond any limit")
        }
        contentLength = count
        return nil
    }

    private mutating func takeTransferEncoding(_ value: Range<Int>, in bytes: Span<UInt8>) -> HTTPProblem? {
        hasTransferEncoding = true
        var rest = value
        var isEmpty = true
        while let (element, after) = FieldSyntax.nextElement(of: rest, in: bytes) {
            rest = after
            if element.isEmpty { continue }
            isEmpty = false
            if isChunked { return .badRequest("chunked has to be the last transfer coding, and to stand once") }
            if ASCII.equalsIgnoringCase(bytes.extracting(element), "chunked") {
                isChunked = true
            } else {
                hasUnknownCoding = true
            }
        }
        return isEmpty ? .badRequest("the Transfer-Encoding is empty") : nil
    }
}
