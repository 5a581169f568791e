import Bytes
import CLibevent
import Glibc

/// One thread's events: sockets, timers and messages from other threads, on one libevent base.
///
/// A turn is: wait for what is ready, call each callback, then apply what they put off (``atTurnEnd(_:)``), send what
/// was buffered (one `send` per socket), and let go of what was closed. So a callback may close anything, itself included,
/// and nothing is freed under its feet. Everything here belongs to the thread that runs it; others use ``Mailbox``.
public final class EventLoop {
    /// Bytes that one read of a socket takes at most.
    public static let receiveBufferBytes = 256 << 10

    let base: OpaquePointer
    let eventMemory = EventMemory()
    /// Shared by all sockets of the loop: what is read is handled before the next read.
    let receiveBuffer: UnsafeMutableRawBufferPointer
    /// Memory for what sockets have to send.
    var outputReserve = ByteBufferReserve()
    private var turnEndActions: [() -> Void] = []
    private var unsent: [StreamSocket] = []
    // What is being worked off while the two above fill again; swapped with them, so that neither is allocated anew.
    private var runningActions: [() -> Void] = []
    private var flushing: [StreamSocket] = []
    private var retired: [AnyObject] = []
    private var isStopping = false
    /// Monotonic time in milliseconds at which the current turn's first callback began.
    public private(set) var nowMilliseconds = MonotonicClock.nowMilliseconds()
    /// Time between two callbacks above which the loop has been asleep: the process stopped, the machine paused. To be
    /// set by an owner that has a timer with a shorter interval.
    public var sleepLimitMilliseconds = Int.max
    /// Called with the milliseconds slept, before the callback that noticed it.
    public var slept: ((Int) -> Void)?

    /// - Throws: ``IOError`` when the kernel grants no event base.
    public init() throws(IOError) {
        guard let configuration = event_config_new() else { throw IOError("event_config_new", ENOMEM) }
        defer { event_config_free(configuration) }
        // Only this thread touches the base, so libevent's locks would be paid for nothing.
        event_config_set_flag(configuration, Int32(EVENT_BASE_FLAG_NOLOCK.rawValue))
        guard let base = event_base_new_with_config(configuration) else { throw IOError("event_base_new", errno) }
        self.base = base
        receiveBuffer = .allocate(byteCount: Self.receiveBufferBytes, alignment: 64)
    }

    deinit {
        receiveBuffer.deallocate()
        event_base_free(base)
    }

    /// Turns until ``stop()``.
    public func run() {
        while !isStopping { turn() }
    }

    /// Called behind each turn with the microseconds that its work took.
    public var turnEnded: ((Int) -> Void)?
    /// When the turn's first callback began, in microseconds; 0 before.
    private var turnBeganAt = 0
    /// Monotonic time in microseconds at which the turn's first callback began.
    public var turnStamp: Int { turnBeganAt }

    /// One turn.
    ///
    /// - Parameter waiting: whether to wait until something is ready.
    func turn(waiting: Bool = true) {
        event_base_loop(base, EVLOOP_ONCE | (waiting ? 0 : EVLOOP_NONBLOCK))
        endTurn()
    }

    /// Ends ``run()`` behind the current turn.
    public func stop() { isStopping = true }

    /// Runs `action` when the callbacks of this turn are done. Actions may put off further ones; they run in order.
    public func atTurnEnd(_ action: @escaping () -> Void) { turnEndActions.append(action) }

    /// The loop's stamp of now, refreshed: for what measures the length of its own work.
    @discardableResult
    public func refreshNow() -> Int {
        nowMilliseconds = MonotonicClock.nowMilliseconds()
        return nowMilliseconds
    }

    /// Stamps the time at the start of a callback.
    func beginCallback() {
        if turnBeganAt == 0 { turnBeganAt = MonotonicClock.nowMicroseconds() }
        let before = nowMilliseconds
        let gap = refreshNow() - before
        if gap > sleepLimitMilliseconds { slept?(gap) }
    }

    func hasUnsent(_ socket: StreamSocket) { unsent.append(socket) }

    /// Keeps `object` alive until the turn ends.
    func retire(_ object: AnyObject) { retired.append(object) }

    private func endTurn() {
        // A flush may fail and close, a close may put off actions: until nothing is left, bounded against a cycle.
        for _ in 0..<64 where !(turnEndActions.isEmpty && unsent.isEmpty) {
            swap(&turnEndActions, &runningActions)
            for action in runningActions { action() }
            runningActions.removeAll(keepingCapacity: true)
            swap(&unsent, &flushing)
            for socket in flushing { socket.flush() }
            flushing.removeAll(keepingCapacity: true)
        }
        retired.removeAll(keepingCapacity: true)
        if turnBeganAt != 0, let turnEnded { turnEnded(MonotonicClock.nowMicroseconds() - turnBeganAt) }
        turnBeganAt = 0
    }
}
