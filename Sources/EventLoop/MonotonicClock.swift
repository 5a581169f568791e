import Glibc

/// Time that never goes back, for intervals; and the wall clock, for what people read.
public enum MonotonicClock {
    /// Milliseconds since some fixed point, of the coarse clock (steps of 1 to 4 ms, no system call).
    public static func nowMilliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return time.tv_sec &* 1000 &+ time.tv_nsec / 1_000_000
    }

    /// Microseconds since the same point, exact.
    public static func nowMicroseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec &* 1_000_000 &+ time.tv_nsec / 1000
    }

    /// Milliseconds since 1970 by the wall clock.
    public static func wallMilliseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec &* 1000 &+ time.tv_nsec / 1_000_000
    }
}
