/// The ids that Redis has for links of clients that have asked by CLIENT ID, and that hold those links for as long as they stay.
///
/// A client may have its invalidations sent to such a link (CLIENT TRACKING … REDIRECT). To no other: it would be a link that
/// clients share, or somebody else's. It lives on one loop, which is told of the ids of the others.
public final class ToldClientIDs {
    private var ids: [Int: Int] = [:]

    public init() {}

    public func contains(_ id: Int) -> Bool { ids[id] != nil }

    /// A client has been told that its link has this id. Several may hold links of the same id, at different servers.
    public func insert(_ id: Int) { ids[id, default: 0] += 1 }

    /// The link is gone.
    public func remove(_ id: Int) {
        guard let count = ids[id] else { return }
        ids[id] = count > 1 ? count - 1 : nil
    }
}
