import EventLoop
import Foundation
import Glibc
import LocalCluster
import RESP

/// Somebody else at work until ``stop()``: one command after another, each timed.
/// In a thread of its own, so that it is never held up by the test.
final class Others: @unchecked Sendable {
    private let lock = NSLock()
    private let ended = DispatchSemaphore(value: 0)
    private var isStopping = false
    private var worstMicroseconds = 0
    private var count = 0
    private var failure: (any Error)?
    private let clients: [RESPClient]

    init(_ clients: [RESPClient]) {
        self.clients = clients
        Thread.detachNewThread { [self] in
            defer { ended.signal() }
            while !lock.withLock({ isStopping }) {
                for client in self.clients {
                    let start = MonotonicClock.nowMicroseconds()
                    do {
                        guard case .integer = try client.command("INCR", "counter") else { throw IOError("INCR", detail: "a wrong reply") }
                    } catch { return lock.withLock { failure = error } }
                    let elapsed = MonotonicClock.nowMicroseconds() - start
                    lock.withLock { (worstMicroseconds, count) = (max(worstMicroseconds, elapsed), count + 1) }
                }
                usleep(200)
            }
        }
    }

    /// Returns once `number` commands have been answered; gives up after 20 seconds.
    func await(_ number: Int) {
        for _ in 0..<20_000 where lock.withLock({ count < number && failure == nil }) { usleep(1000) }
    }

    /// The longest that a command took, in milliseconds, and how many were answered.
    func stop() throws -> (worst: Int, count: Int) {
        lock.withLock { isStopping = true }
        ended.wait()
        if let failure { throw failure }
        return (worstMicroseconds / 1000, count)
    }
}
