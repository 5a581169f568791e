import Forwarding

/// SCAN and its like: cursors bear the mark of the server that gave them.
extension SharedLink {
    /// Sends a whole request, whose reply goes to `owner`; false, and nothing sent, where its cursor is another server's and the scan is
    /// not to begin anew. The link must be for a scan, and ready.
    func submitScan(_ request: [UInt8], for owner: RequestLedger.Owner) -> Bool {
        guard let mark = link?.serverMark else { return false }
        let sent: [UInt8]
        switch ScanCursor.verdict(on: request.span, mark: mark) {
        case .asItIs: sent = request
        case .rewritten(let rewritten): sent = rewritten
        case .stale(let restarted):
            guard worker.settings.failover.restartsScans else { return false }
            worker.counters.scansRestarted += 1
            sent = restarted
        }
        scanHead = []
        if ledger.isEmpty { waitingSince = loop.nowMilliseconds }
        // Where the link is lost, the request is run again as the client wrote it: the next server judges it anew.
        request.withUnsafeBytes { ledger.append(owner, $0, at: loop.nowMilliseconds) }
        link?.send(sent)
        return true
    }

    /// Marks the cursor of the reply that begins, and goes on with the rest.
    func markCursor(_ bytes: UnsafeRawBufferPointer) {
        guard let link, var head = scanHead, let mark = link.serverMark else { return }
        head.append(contentsOf: bytes)
        switch ScanCursor.marked(head.span, mark) {
        case .incomplete: scanHead = head
        case .asItIs:
            scanHead = nil
            head.withUnsafeBytes { self.link(link, received: $0) }
        case .replaced(let count, let first):
            scanHead = nil
            head.replaceSubrange(0..<count, with: first)
            head.withUnsafeBytes { self.link(link, received: $0) }
        }
    }
}
