import Logging
import Settings

/// How the open files that the process may have are shared out, so that clients never take what probes, the watch and links need.
struct DescriptorBudget {
    /// For logs, timers, signals, listeners, the watch's connections.
    private static let ownFiles = 40
    /// For each loop: its event base, its mailbox, its inbound backlog.
    private static let filesPerLoop = 8

    /// Clients of all fronts together: at most what the settings say.
    let clientsMax: Int
    /// Whether that is less than the settings say.
    let isLowered: Bool

    /// - Parameter files: most open files of the process.
    init(files: Int, loops: Int, masters: Int, _ settings: Settings) {
        let wanted = settings.listen.maxClients + settings.http.maxClients
        let standing = AdminEndpoint.connectionsMax + Self.ownFiles + loops * Self.filesPerLoop
        let rest = max(0, files - standing)
        let ready = loops * masters * (settings.redis.warmLinks + settings.redis.sharedLinks + 2)
        // Each client may come to need a link of its own.
        let possible = max(1, max(rest - ready, rest / 2) / 2)
        clientsMax = min(wanted, possible)
        isLowered = possible < wanted
    }

    /// Says so where fewer clients can be served than the settings promise.
    func warn(_ log: Logger, files: Int, _ settings: Settings) {
        guard isLowered else { return }
        log.warning(
            "the limit of open files is too low for max_clients: fewer clients are taken in", metadata: [
                "open_files_max": "\(files)", "clients_max": "\(clientsMax)", "listen_max_clients": "\(settings.listen.maxClients)",
                "http_max_clients": "\(settings.http.maxClients)",
            ])
    }
}
