import Access
import EventLoop
import Forwarding
import Settings

/// The archives of all masters and users, on the first loop; on every loop, the way there.
final class ChannelArchives {
    private struct Key: Hashable {
        let masterIndex: Int
        let identity: Int
    }

    /// Where the first loop is reached.
    var home: Mailbox<Worker>?
    private var archives: [Key: ChannelArchive] = [:]
    /// Which archive each client listens by.
    private var places: [ArchiveListener.Key: ChannelArchive] = [:]

    /// A client wants to listen, in the name of `user`. It is told so where it cannot.
    func add(_ listener: ArchiveListener, masterIndex: Int, as user: RedisUser?, _ worker: Worker) {
        let pool = worker.pools[masterIndex]
        guard let identity = user.map({ pool.identity(user: $0.name, password: $0.password.revealedBytes, isConfigured: true) }) ?? 0 else {
            listener.mailbox.post { ($0.clients[listener.key.owner] as? HTTPConnection)?.subscriptionsLost() }
            return
        }
        let key = Key(masterIndex: masterIndex, identity: identity)
        let archive = archives[key] ?? ChannelArchive(
            pool, worker, identity: identity, worker.settings.http.gateway, name: String(UInt64.random(in: 0...UInt64.max), radix: 36))
        archives[key] = archive
        places[listener.key] = archive
        archive.add(listener)
    }

    func remove(_ key: ArchiveListener.Key) { places.removeValue(forKey: key)?.remove(key) }
}
