import Bytes

/// The servers that belong to a master's group: those that a majority of its sentinels has named, as master or as replica.
///
/// One sentinel's word makes no server known, in whichever role it names it. Nothing is asked of a server that is not known,
/// and no password is sent to it.
struct KnownServers: Sendable {
    /// How long a server stays known that a majority names no more, while a majority answers.
    private static let forgetAfterMilliseconds = 60_000
    /// Servers kept; a group has a few.
    private static let countMax = 512

    /// When a majority last named each.
    private var namedAt: [Endpoint: Int] = [:]
    private var lookedAt: Int?

    func contains(_ endpoint: Endpoint) -> Bool { namedAt[endpoint] != nil }

    /// A sentinel has answered: what it names is known from now on where a majority names it.
    ///
    /// - Parameters:
    ///   - named: what this sentinel names.
    ///   - answers: what each sentinel names whose answer is fresh, this one among them.
    ///   - keeping: what stays known whoever names it: the adopted master.
    mutating func heard(_ named: Set<Endpoint>, among answers: [Set<Endpoint>], majority: Int, keeping: Endpoint?, now: Int) {
        guard answers.count >= majority else { return }
        for endpoint in named where answers.count(where: { $0.contains(endpoint) }) >= majority {
            if namedAt.count < Self.countMax || namedAt[endpoint] != nil { namedAt[endpoint] = now }
        }
        let sinceLook = now - (lookedAt ?? now)
        guard lookedAt == nil || sinceLook >= Self.forgetAfterMilliseconds / 10 else { return }
        // While too few answered nobody could be named, so that time does not count.
        let wasBlind = sinceLook > Self.forgetAfterMilliseconds
        lookedAt = now
        if wasBlind {
            for endpoint in namedAt.keys { namedAt[endpoint] = now }
        } else {
            namedAt = namedAt.filter { now - $0.value <= Self.forgetAfterMilliseconds || $0.key == keeping }
        }
    }
}
