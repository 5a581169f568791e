import RESP

/// Where the scan of a request stands that has not come whole. Kept apart from the session, since few clients have one
/// at a time.
final class PartialRequest {
    var scanner: RequestScanner

    init(_ scanner: RequestScanner) { self.scanner = scanner }
}

/// The state of a pinned client, kept apart for the same reason.
final class PinnedBox {
    var session = PinnedSession()
    /// What was wrong with a request of which a part has gone upstream: it is said when what went before is answered.
    var failure: RequestError?
}
