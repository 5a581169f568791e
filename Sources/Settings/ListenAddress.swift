import Bytes

/// Where a front end listens, and for which master if there are several: `:6379`, `orders=127.0.0.1:6380`,
/// `unix:/run/mastergate.sock`.
package struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// The sentinels' name of the master served; nil for the first of them.
    package var masterName: String?
    /// A Unix socket, or a host that is an address, `localhost`, or empty for every interface.
    package var endpoint: Endpoint

    package init(masterName: String? = nil, endpoint: Endpoint) {
        self.masterName = masterName
        self.endpoint = endpoint
    }

    /// Reads `[MASTERNAME=]address:port` and `[MASTERNAME=]unix:/path`; nil if the host is a name other than `localhost`, or
    /// anything is missing.
    package init?(_ text: String) {
        let (masterName, place) = Self.parts(text)
        if let masterName { guard MasterName.isValid(masterName) else { return nil } }
        if place.hasPrefix(Endpoint.unixPrefix) {
            guard let endpoint = Endpoint(unixPath: String(place.dropFirst(Endpoint.unixPrefix.count))) else { return nil }
            self.init(masterName: masterName, endpoint: endpoint)
        } else {
            guard let endpoint = Endpoint(place, defaultPort: nil) else { return nil }
            guard endpoint.host.isEmpty || endpoint.host == "localhost" || endpoint.address != nil else { return nil }
            self.init(masterName: masterName, endpoint: endpoint)
        }
    }

    /// What stands before and behind the first `=`; a path may hold that sign as well.
    static func parts(_ text: String) -> (masterName: String?, place: String) {
        guard !text.hasPrefix(Endpoint.unixPrefix), let sign = text.firstIndex(of: "=") else { return (nil, text) }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }

    package var description: String { (masterName.map { $0 + "=" } ?? "") + endpoint.description }
}
