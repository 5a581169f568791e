extension SettingKey {
    package static let failoverHold = SettingKey(
        "failover.hold", .duration(SettingBounds.optionalWait), default: "15s", "How long requests wait for a new master")
    package static let failoverConnections = SettingKey(
        "failover.connections", .choice(["keep", "close"]), default: "keep",
        "What a failover does to a client whose commands were on their way: keep it connected and tell it what became of each, or close it")
    package static let failoverBlocking = SettingKey(
        "failover.blocking", .choice(["close", "unknown"]), default: "close",
        "What becomes of a Redis client that waited in BLPOP and the like at a master that is lost: its connection is closed, after which job queues connect anew, or it is told -UNKNOWN, at which many of them end")
    package static let failoverEarlyHold = SettingKey(
        "failover.early_hold", .duration(SettingBounds.optionalWait), default: "4s",
        "How long commands wait at most from the moment a replica is being promoted; 0 for not before the switch")
    package static let failoverPauseHold = SettingKey(
        "failover.pause_hold", .duration(SettingBounds.wait), default: "60s", "How long requests wait while the proxy is paused")
    package static let failoverLinkMemory = SettingKey(
        "failover.link_memory", .size(4096...SettingBounds.sizeMax), default: "16mb",
        "Bytes of unanswered requests kept per shared link, to be run again; more wait")
    package static let failoverClientMemory = SettingKey(
        "failover.client_memory", .size(4096...SettingBounds.sizeMax), default: "1mb",
        "Bytes kept per client on a link of its own: unanswered requests, names of subscriptions")
    package static let failoverScriptMemory = SettingKey(
        "failover.script_memory", .size(0...SettingBounds.sizeMax), default: "4mb",
        "Bytes of scripts kept per loop, to be loaded into a new master; 0 for none")
    package static let scanRestart = SettingKey(
        "scan.restart", .boolean, default: "false",
        "Whether SCAN, HSCAN, SSCAN and ZSCAN with a cursor of another server, such as the former master, begin anew, which repeats some elements and misses none; else they are answered with an error")

    static let failoverKeys: [SettingKey] = [
        failoverHold, failoverConnections, failoverBlocking, failoverEarlyHold, failoverPauseHold, failoverLinkMemory, failoverClientMemory, failoverScriptMemory, scanRestart,
    ]
}
