import Bytes

/// By which names the admin port may be asked: by those that no stranger's DNS can give to this machine.
enum AdminHosts {
    /// Names of the machine itself, of a Kubernetes cluster, and of private networks (ICANN reserves `.internal`).
    private static let suffixes = [".localhost", ".svc", ".cluster.local", ".internal"]

    /// Whether `host`, a Host field, names an address, this machine, a service of the cluster, or what is configured.
    static func allows(_ host: String, configured: [String]) -> Bool {
        guard let endpoint = Endpoint(host, defaultPort: 80) else { return false }
        if endpoint.address != nil { return true }
        var name = endpoint.host.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        // A name of one word is looked up in the domains of this network only.
        if !name.contains(".") || suffixes.contains(where: name.hasSuffix) { return true }
        return configured.contains { $0.lowercased() == name || $0.lowercased() == host.lowercased() }
    }
}
