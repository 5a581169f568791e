extension SettingKey {
    package static let memoryMax = SettingKey(
        "memory.max", .size(0...(1 << 44)), default: "0",
        "What all clients together may hold in buffers, bodies and replies; above, large work waits and is refused, and who holds most is disconnected. 0: 80 % of the memory limit of the cgroup, where there is one")
    package static let memoryUnfinished = SettingKey(
        "memory.unfinished", .size(1 << 20...SettingBounds.sizeMax), default: "160mb",
        "What all HTTP clients together may hold in bodies and WebSocket messages that have not come whole; above, large ones wait")
    package static let memoryWait = SettingKey(
        "memory.wait", .duration(0...600_000), default: "5s", "How long large work waits for memory before it is refused")

    static let memoryKeys: [SettingKey] = [memoryMax, memoryUnfinished, memoryWait]
}
