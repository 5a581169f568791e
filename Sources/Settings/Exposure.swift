import Access
import Bytes

/// Whether a front end may listen where it was told to.
///
/// A listener that asks for no password and lets everyone in is reachable from this machine alone, whatever address was
/// written: a database's door must not stand open by default. An allowlist of `0.0.0.0/0,::/0` opens it on purpose.
package enum Exposure: Hashable, Sendable {
    case asConfigured
    /// Only 127.0.0.1 and ::1 are bound; the reason is one sentence for the log.
    case loopbackOnly(reason: String)

    /// The exposure of listeners at `addresses`. Those that are on loopback anyway lose nothing.
    init(
        of addresses: [ListenAddress], front: String, credentials: Credentials?, allowlist: Allowlist,
        remedy: String = "neither a password (client.password) nor an allowlist (client.allow) is set; "
            + "client.allow 0.0.0.0/0,::/0 opens it to everyone"
    ) {
        let isLocal = addresses.allSatisfy { address in
            // Who may use a Unix socket is its file's mode to say.
            address.endpoint.unixPath != nil || address.endpoint.host == "localhost" || address.endpoint.address?.isLoopback == true
        }
        if credentials != nil || !allowlist.isEmpty || isLocal {
            self = .asConfigured
        } else {
            self = .loopbackOnly(reason: "\(front) listens on loopback only, as \(remedy)")
        }
    }

    /// The addresses to bind, each once: `localhost` becomes both loopback addresses, and where only loopback is
    /// allowed, so does every other address. Hosts are addresses then, or empty for every interface.
    func effective(_ addresses: [ListenAddress]) -> [ListenAddress] {
        var result: [ListenAddress] = []
        for address in addresses {
            if address.endpoint.unixPath != nil {
                if !result.contains(address) { result.append(address) }
                continue
            }
            let isLoopback = address.endpoint.address?.isLoopback == true
            let isMoved = address.endpoint.host == "localhost" || (self != .asConfigured && !isLoopback)
            for host in isMoved ? ["127.0.0.1", "::1"] : [address.endpoint.host] {
                var bound = address
                bound.endpoint.host = host
                if !result.contains(bound) { result.append(bound) }
            }
        }
        return result
    }
}
