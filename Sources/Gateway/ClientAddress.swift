import Access
import Bytes
import HTTP1

/// Who has sent a request that came by way of proxies: what the nearest of them that is not trusted, or the client itself,
/// is called by those that are (RFC 7239; `X-Forwarded-For`).
enum ClientAddress {
    /// - Parameters:
    ///   - peer: who has connected.
    ///   - trusted: whose word is believed.
    static func of(_ head: RequestHead, in bytes: Span<UInt8>, peer: IPAddress?, trusted: [CIDRRange]) -> IPAddress? {
        guard let peer, isTrusted(peer, trusted) else { return peer }
        var chain: [IPAddress?] = []
        head.forEachField("forwarded", in: bytes) { value in appendForwarded(bytes.extracting(value), to: &chain) }
        if chain.isEmpty {
            head.forEachField("x-forwarded-for", in: bytes) { value in
                forEachElement(bytes.extracting(value), UInt8(ascii: ",")) { chain.append(address($0)) }
            }
        }
        var nearest = peer
        // The last one was written by the peer, the one before it by whom that names.
        for address in chain.reversed() {
            // What is no address was written by somebody who can be believed, so it hides who is behind.
            guard let address else { return nearest }
            nearest = address
            guard isTrusted(address, trusted) else { return address }
        }
        return nearest
    }

    private static func isTrusted(_ address: IPAddress, _ trusted: [CIDRRange]) -> Bool { trusted.contains { $0.contains(address) } }

    /// The `for=` of each element; nil for an element that names none, or hides it.
    private static func appendForwarded(_ value: Span<UInt8>, to chain: inout [IPAddress?]) {
        forEachElement(value, UInt8(ascii: ",")) { element in
            var found: IPAddress?
            forEachElement(element, UInt8(ascii: ";")) { pair in
                if pair.count > 4, ASCII.equalsIgnoringCase(pair.extracting(0..<4), "for=") { found = address(pair.extracting(4..<pair.count)) }
            }
            chain.append(found)
        }
    }

    /// Calls `body` with what stands between the separators, without the blanks around it.
    private static func forEachElement(_ text: Span<UInt8>, _ separator: UInt8, _ body: (Span<UInt8>) -> Void) {
        var start = 0
        while start <= text.count {
            let end = ByteSearch.firstIndex(of: separator, in: text, from: start) ?? text.count
            var (first, last) = (start, end)
            while first < last, text[first] == ASCII.space || text[first] == 0x09 { first += 1 }
            while last > first, text[last - 1] == ASCII.space || text[last - 1] == 0x09 { last -= 1 }
            if first < last { body(text.extracting(first..<last)) }
            start = end + 1
        }
    }

    /// An address with or without quotes, brackets and a port.
    private static func address(_ text: Span<UInt8>) -> IPAddress? {
        var bytes: [UInt8] = []
        for index in 0..<min(text.count, 64) where text[index] != UInt8(ascii: "\"") { bytes.append(text[index]) }
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            return IPAddress(String(decoding: bytes[1..<end], as: UTF8.self))
        }
        let colons = bytes.count { $0 == UInt8(ascii: ":") }
        if colons == 1, let colon = bytes.firstIndex(of: UInt8(ascii: ":")) { bytes.removeSubrange(colon...) }
        return IPAddress(String(decoding: bytes, as: UTF8.self))
    }
}
