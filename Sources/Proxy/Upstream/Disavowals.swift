/// When replies have last said that the server is no master, though it was in use.
///
/// A script can return what it likes, so a server that has been confirmed as a master so often in a second is believed no more, and
/// its words pass as they are.
struct Disavowals {
    private var times: [Int] = []
    private static let countMax = 5
    private static let milliseconds = 1000

    func areBelieved(now: Int) -> Bool { times.count < Self.countMax || now - times[0] > Self.milliseconds }

    mutating func note(now: Int) {
        times.append(now)
        if times.count > Self.countMax { times.removeFirst() }
    }
}
