/// When the server ends links that nothing goes over (`timeout` in redis.conf): they are let go before, since what met the end on
/// its way would be lost.
///
/// So long is ``idleMillisecondsMax``. Nobody is asked for it, as a user may not be allowed to (CONFIG GET): the first link that ends so tells.
extension UpstreamPool {
    /// Redis counts in seconds, so a link that ends sooner has another reason.
    private static var timeoutMillisecondsMin: Int { 900 }

    /// The server has closed a link that nothing had gone over for so long.
    func serverClosedIdleLink(after milliseconds: Int) {
        guard milliseconds >= Self.timeoutMillisecondsMin else { return }
        // It looks at its clients now and then, and so is late.
        idleMillisecondsMax = min(idleMillisecondsMax, max(Self.timeoutMillisecondsMin, milliseconds) / 2)
    }

    func idleLinkEnded(_ link: UpstreamLink, _ reason: LinkEnd) {
        if case .lost = reason { serverClosedIdleLink(after: loop.nowMilliseconds - link.idleSince) }
    }

    /// Does what time asks for beside waiting clients.
    func lookAfterLinksAndAccess(now: Int) {
        releaseLinksBeforeServerDoes(now: now)
        keepAccessFresh(now: now)
    }

    /// Lets those links go that the server may be about to close.
    private func releaseLinksBeforeServerDoes(now: Int) {
        guard idleMillisecondsMax < .max else { return }
        idle.release(unusedSince: now - idleMillisecondsMax)
        for group in groups {
            for case let link? in group.links where link.isUnused(since: now - idleMillisecondsMax) {
                link.release()
                retired(link)
            }
        }
    }
}
