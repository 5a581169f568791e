import Bytes

/// Which sentinels the sentinels of one master tell of. One that the configuration does not name is taken in only where a
/// majority of those who count names it, so that no single one can make up others that outvote the rest.
package struct PeerVouching: Sendable {
    private var named: [SentinelID: Set<SentinelPeer>] = [:]

    package init() {}

    /// `sentinel` tells of these, and of no others any more.
    package mutating func told(by sentinel: SentinelID, _ peers: [SentinelPeer]) { named[sentinel] = Set(peers) }

    /// Only what these have told counts from now on.
    package mutating func keep(_ sentinels: Set<SentinelID>) { named = named.filter { sentinels.contains($0.key) } }

    /// Whether a majority of `sentinels` names `peer`.
    package func isVouched(_ peer: SentinelPeer, by sentinels: Set<SentinelID>) -> Bool {
        sentinels.count { named[$0]?.contains(peer) == true } >= sentinels.count / 2 + 1
    }
}
