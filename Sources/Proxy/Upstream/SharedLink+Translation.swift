import Forwarding

/// Requests whose replies are translated, each on a link for itself.
extension SharedLink {
    /// Sends a whole request, whose reply goes to `owner`; false, and nothing sent, where its cursor is another server's and the scan is
    /// not to begin anew. The link must be for such a request, and ready.
    func submitTranslated(_ request: [UInt8], for owner: RequestLedger.Owner) -> Bool {
        var sent = request
        if translation == .cursor {
            guard let mark = link?.serverMark else { return false }
            switch ScanCursor.verdict(on: request.span, mark: mark) {
            case .asItIs: break
            case .rewritten(let rewritten): sent = rewritten
            case .stale(let restarted):
                guard worker.settings.failover.restartsScans else { return false }
                worker.counters.scansRestarted += 1
                sent = restarted
            }
        }
        translatedHead = []
        if ledger.isEmpty { waitingSince = loop.nowMilliseconds }
        // Where the link is lost, the request is run again as the client wrote it: the next server judges it anew.
        request.withUnsafeBytes { ledger.append(owner, $0, at: loop.nowMilliseconds) }
        link?.send(sent)
        return true
    }

    /// Translates the reply that begins, and goes on with the rest.
    func translate(_ bytes: UnsafeRawBufferPointer) {
        guard let link, var head = translatedHead else { return }
        head.append(contentsOf: bytes)
        switch translated(head.span, link) {
        case .incomplete: translatedHead = head
        case .asItIs:
            translatedHead = nil
            head.withUnsafeBytes { self.link(link, received: $0) }
        case .replaced(let count, let first):
            translatedHead = nil
            head.replaceSubrange(0..<count, with: first)
            head.withUnsafeBytes { self.link(link, received: $0) }
        }
    }

    private func translated(_ head: Span<UInt8>, _ link: UpstreamLink) -> ReplyTranslation.Outcome {
        switch translation {
        case .cursor: ScanCursor.marked(head, link.serverMark ?? ScanCursor.unmarked)
        case .information where pool.settings.countsClients: InformationReply.counted(head, difference: pool.census.clientsLessLinks)
        case .information, nil: .asItIs
        }
    }
}
