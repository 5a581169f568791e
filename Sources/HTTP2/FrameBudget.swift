/// Counts, within each second, what costs the server more than the client: frames that carry nothing, and requests that are
/// taken back as soon as they are made (RFC 9113, section 10.5; CVE-2019-9512 to 9518, CVE-2023-44487, CVE-2025-8671).
struct FrameBudget {
    private let idleMax: Int
    private let resetsMax: Int
    private var secondBegan = 0
    private var idleFrames = 0
    private var resets = 0

    init(_ limits: HTTP2Limits) {
        idleMax = limits.idleFramesMax
        resetsMax = limits.resetsMax
    }

    mutating func timeIs(_ now: Int) {
        guard now &- secondBegan >= 1000 else { return }
        secondBegan = now
        idleFrames = 0
        resets = 0
    }

    /// A frame has come that brings nothing: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, CONTINUATION, DATA without data, and what is unknown.
    mutating func cameIdle() { idleFrames &+= 1 }
    /// A stream was reset: by the client, or because of what it did.
    mutating func cameReset() { resets &+= 1 }
    /// A frame has gone out that the client answers by opening windows.
    mutating func sentData() { idleFrames &-= HTTP2Limits.answersPerFrame }

    var isExceeded: Bool { idleFrames > idleMax || resets > resetsMax }
}
