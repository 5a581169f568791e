import Forwarding

/// Scripts that a new master is given.
extension UpstreamPool {
    /// A request has told of the server's scripts; true where that is news.
    func heard(_ event: ScriptEvent) -> Bool { scripts.heard(event) }

    /// Gives a new master the scripts that the one before it had. Links on which they may be called are made after that.
    func loadScripts() {
        guard let route else { return }
        scripts.load(generation: route.generation, now: loop.nowMilliseconds) { [unowned self] loader in newLink(carrying: SessionState(), for: loader) != nil } done: {
            [unowned self] link in
            if let link { giveBack(link) }
            wakeWaiters()
        }
    }
}
