import Bytes
import RESP

/// One sentinel's answer about one master, as of one moment.
package struct SentinelReport: Sendable, Equatable {
    /// Replicas and other sentinels that are read of one answer; a group has a few.
    private static let replicasMax = 256
    private static let peersMax = 64
    /// Longer than any name of a host (RFC 1035).
    private static let hostBytesMax = 255

    /// Nil when the sentinel knows no address of a master of that name.
    package var claim: MasterClaim?
    /// Whether it monitors a master of that name at all.
    package var isMonitoring = true

    /// The report of a sentinel that monitors no master of that name.
    package static let notMonitoring: SentinelReport = {
        var report = SentinelReport()
        report.isMonitoring = false
        return report
    }()
    /// The sentinel's own view of the master: `master`, with `s_down`, `o_down`, `failover_in_progress` as they apply.
    package var flags: [String] = []
    /// How many sentinels must agree that the master is down. It plays no part in who is master.
    package var quorum = 0
    package var replicas: [ReplicaState] = []
    /// The other sentinels that this one knows.
    package var peers: [SentinelPeer] = []
}

/// A replica as a sentinel sees it.
package struct ReplicaState: Sendable, Equatable {
    package var endpoint: Endpoint
    /// `slave`, with `s_down`, `disconnected` and the like as they apply.
    package var flags: [String]
    /// Whether its link to the master stands.
    package var isLinkUp: Bool
    /// Bytes of the replication stream that it has.
    package var offset: UInt64
    /// Bytes that it is behind the master, by the master's own account; nil while the master does not list it.
    package var lagBytes: UInt64?

    /// Whether it follows the master as it should.
    package var isOnline: Bool { isLinkUp && !flags.contains("s_down") && !flags.contains("disconnected") }
}

/// Another sentinel, as one tells of it.
package struct SentinelPeer: Sendable, Hashable {
    package var endpoint: Endpoint
    package var runID: String

    package init(endpoint: Endpoint, runID: String) {
        self.endpoint = endpoint
        self.runID = runID
    }
}

extension SentinelReport {
    /// Reads the answers to the four questions of ``SentinelQuerySession``.
    ///
    /// The epoch is taken from `SENTINEL MASTER`, the address from `GET-MASTER-ADDR-BY-NAME`: for a second after a
    /// promotion the failover's leader tells the old address beside the new epoch in the first.
    init(master: ReplyValue, address: ReplyValue, replicas: ReplyValue, sentinels: ReplyValue) {
        if case .error = master { isMonitoring = false }
        if let fields = master.fields, let pair = address.elements, pair.count == 2, let host = pair[0].text,
            Self.isHost(host), let port = pair[1].text.flatMap(UInt16.init), port > 0, let epoch = fields["config-epoch"].flatMap(UInt64.init)
        {
            claim = MasterClaim(Endpoint(host: host, port: port), epoch: epoch)
            flags = Self.flags(fields)
            quorum = fields["quorum"].flatMap(Int.init) ?? 0
        }
        for fields in (replicas.elements ?? []).prefix(Self.replicasMax).compactMap(\.fields) {
            guard let endpoint = Self.endpoint(fields) else { continue }
            self.replicas.append(
                ReplicaState(
                    endpoint: endpoint, flags: Self.flags(fields), isLinkUp: fields["master-link-status"] == "ok",
                    offset: fields["slave-repl-offset"].flatMap(UInt64.init) ?? 0))
        }
        for fields in (sentinels.elements ?? []).prefix(Self.peersMax).compactMap(\.fields) {
            guard let endpoint = Self.endpoint(fields) else { continue }
            peers.append(SentinelPeer(endpoint: endpoint, runID: fields["runid"] ?? ""))
        }
    }

    private static func endpoint(_ fields: [String: String]) -> Endpoint? {
        guard let host = fields["ip"], isHost(host), let port = fields["port"].flatMap(UInt16.init), port > 0 else { return nil }
        return Endpoint(host: host, port: port)
    }

    private static func isHost(_ text: String) -> Bool { !text.isEmpty && text.utf8.count <= hostBytesMax }

    private static func flags(_ fields: [String: String]) -> [String] {
        (fields["flags"] ?? "").split(separator: ",").map(String.init)
    }
}
