import EventLoop
import Forwarding
import RESP

/// Loads the known scripts into a new master, over a link of its own, before anybody may call one of them there.
final class ScriptLoader: UpstreamLinkOwner {
    private static let limitMilliseconds = 1000

    private let requests: [UInt8]
    private var repliesLeft: Int
    private var framer: ReplyFramer
    private let startedAt: Int
    private var done: ((UpstreamLink?) -> Void)?

    /// - Parameter done: called when the replies are in, with the link, or when the link is gone.
    init(_ cache: ScriptCache, nestingDepthMax: Int, now: Int, _ done: @escaping (UpstreamLink?) -> Void) {
        requests = cache.requests
        repliesLeft = cache.scripts.count
        framer = ReplyFramer(nestingDepthMax: nestingDepthMax)
        startedAt = now
        self.done = done
    }

    /// Whether it takes longer than anybody should be kept waiting.
    func isOverdue(now: Int) -> Bool { now - startedAt > Self.limitMilliseconds }

    func linkBecameReady(_ link: UpstreamLink) { link.send(requests) }

    func link(_ link: UpstreamLink, received bytes: UnsafeRawBufferPointer) {
        let span = bytes.bindMemory(to: UInt8.self).span
        var start = 0
        while start < bytes.count {
            switch framer.advance(span, from: start) {
            case .incomplete: return
            case .malformed: return link.abandon("unreadable reply to SCRIPT LOAD")
            case .reply(_, let end):
                repliesLeft -= 1
                start = end
            }
        }
        if repliesLeft == 0 { end(link) }
    }

    func linkDrained(_ link: UpstreamLink) {}
    func linkClosed(_ link: UpstreamLink, reason: LinkEnd) { end(nil) }

    private func end(_ link: UpstreamLink?) {
        let done = done
        self.done = nil
        done?(link)
    }
}

/// The scripts that a master's successor is to have, and whether it has them.
final class MasterScripts {
    private var cache: ScriptCache
    private let nestingDepthMax: Int
    /// The generation of the master that has them; 0 before the first master.
    private var generation: UInt64 = 0
    private var loader: ScriptLoader?

    init(bytesMax: Int, nestingDepthMax: Int) {
        cache = ScriptCache(bytesMax: bytesMax)
        self.nestingDepthMax = nestingDepthMax
    }

    /// Whether the master is being given them, so that none may be called yet.
    var isLoading: Bool { loader != nil }

    /// A request has told of the server's scripts; true where that is news.
    func heard(_ event: ScriptEvent) -> Bool {
        switch event {
        case .loaded(let script): return cache.insert(script)
        case .flushed:
            defer { cache.removeAll() }
            return !cache.isEmpty
        }
    }

    /// Sees to it that the master of `current` has them.
    ///
    /// - Parameters:
    ///   - connect: makes a link for the loader; false where none is to be had now.
    ///   - done: called when it is over, with the link that was used, where it stands.
    func load(generation current: UInt64, now: Int, connect: (ScriptLoader) -> Bool, done: @escaping (UpstreamLink?) -> Void) {
        if let loader, loader.isOverdue(now: now) {
            // What takes so long is not waited for: EVALSHA says NOSCRIPT then, and clients know what to do.
            generation = current
            self.loader = nil
        }
        guard generation != current, loader == nil else { return }
        guard generation != 0, !cache.isEmpty else {
            generation = current
            return
        }
        let loader = ScriptLoader(cache, nestingDepthMax: nestingDepthMax, now: now) { [unowned self] link in
            self.loader = nil
            if link != nil { generation = current }
            done(link)
        }
        if connect(loader) { self.loader = loader }
    }
}
