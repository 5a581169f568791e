import Logging
import Settings

/// How the open files that the process may have are shared out, so that clients never take what probes, the watch and links need.
struct DescriptorBudget {
    /// For logs, timers, signals, listeners, the watch's connections.
    private static let ownFiles = 40
    /// For each loop: its event base, its mailbox, and what it is about to take in.
    private static let filesPerLoop = 8

    /// Clients of all fronts together: at most what the settings say.
    let clientsMax: Int
    /// Links of each loop to each master: what clients leave.
    let linksMax: Int
    /// With fewer no loop could serve anybody.
    private static let linksMin = 4
    /// Whether that is less than the settings say.
    let isLowered: Bool

    /// - Parameter files: most open files of the process.
    init(files: Int, loops: Int, masters: Int, _ settings: Settings) {
        let wanted = settings.listen.maxClients + settings.http.maxClients
        let standing = AdminEndpoint.connectionsMax + Self.ownFiles + loops * Self.filesPerLoop
        let rest = max(0, files - standing)
        // Most clients share links; those who need one of their own find a third of the files.
        let possible = max(1, rest / 3 * 2)
        clientsMax = min(wanted, possible)
        isLowered = possible < wanted
        linksMax = max(Self.linksMin, (rest - clientsMax) / max(1, loops * masters))
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
