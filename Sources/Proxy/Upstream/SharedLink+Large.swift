import Forwarding

/// Requests so large that to copy one in one piece would hold up its loop.
extension SharedLink {
    /// Bytes that are sent at a time.
    private static var sliceBytes: Int { 512 << 10 }

    /// Sends `count` whole requests that are large, a slice at a time. The link must be ready and nobody's but `owner`'s.
    func submitLarge(_ requests: [UInt8], count: Int, for owner: RequestLedger.Owner) {
        waitingSince = loop.nowMilliseconds
        ledger.adopt(owner, requests, count: count, at: waitingSince)
        large = (requests, 0)
        sendSlice()
    }

    func sendSlice() {
        guard let link, let (bytes, sentBytes) = large, sentBytes < bytes.count, disowned == nil else { return }
        let end = min(bytes.count, sentBytes + Self.sliceBytes)
        large = (bytes, end)
        waitingSince = loop.nowMilliseconds
        bytes.withUnsafeBytes { link.sendSlice(UnsafeRawBufferPointer(rebasing: $0[sentBytes..<end])) }
    }

    /// Bytes of a large request that have not been given to the link.
    var largeBytesLeft: Int { large.map { $0.bytes.count - $0.sentBytes } ?? 0 }

    /// Bytes of requests that the kernel has not taken.
    func unsentBytes(of link: UpstreamLink) -> Int { link.unsentBytes + largeBytesLeft }

    /// A large request is answered; where that was before its last byte was sent, nobody gets the link.
    func endLarge() {
        guard let bytes = large?.bytes, ledger.isEmpty else { return }
        if largeBytesLeft > 0 { spend() }
        large = nil
        worker.discard(bytes)
    }
}
