import Bytes

/// Where a front end listens, and for which master if there are several: `:6379`, `orders=127.0.0.1:6380`.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// The sentinels' name of the master served; nil for the first of them.
    package var masterName: String?
    /// The host is an address, `localhost`, or empty for every interface.
    package var endpoint: Endpoint

    package init(masterName: String? = nil, endpoint: Endpoint) {
        self.masterName = masterName
        self.endpoint = endpoint
    }

    /// Reads `[MASTERNAME=]address:port`; nil if the host is a name other than `localhost`, or anything is missing.
    package init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let last = parts.last, let endpoint = Endpoint(String(last), defaultPort: nil) else { return nil }
        guard endpoint.host.isEmpty || endpoint.host == "localhost" || endpoint.address != nil else { return nil }
        if parts.count == 2 { guard MasterName.isValid(String(parts[0])) else { return nil } }
        self.init(masterName: parts.count == 2 ? String(parts[0]) : nil, endpoint: endpoint)
    }

    package var description: String { (masterName.map { $0 + "=" } ?? "") + endpoint.description }
}
