import Glibc

/// SIGINT and SIGTERM taken synchronously, for a program without an event loop: blocked first, then looked for.
public enum TerminationSignals {
    private static var both: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGHUP)
        return set
    }

    /// From now on the signals wait to be looked for. Threads and ``ChildProcess`` started later: the former block them
    /// too, the latter do not.
    public static func block() {
        var set = both
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Whether one has come; waits for it at most `milliseconds`.
    public static func arrived(withinMilliseconds milliseconds: Int) -> Bool {
        var set = both
        var limit = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        return sigtimedwait(&set, nil, &limit) > 0
    }
}
