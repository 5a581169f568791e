import CLibevent
import Glibc

/// The one door between threads: closures posted here run on the loop that owns it, in the order posted.
///
/// `Resident` is what lives on that loop. A closure gets it as its argument, so that only what may cross threads is
/// captured. A pthread mutex, since the thread sanitizer does not understand `Synchronization.Mutex`.
public final class Mailbox<Resident: AnyObject>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wakeFD: Int32
    // Guarded by `mutex`.
    private var messages: [@Sendable (Resident) -> Void] = []
    private var isClosed = false

    /// - Throws: ``IOError`` when no descriptor is left to wake the loop with.
    public init() throws(IOError) {
        wakeFD = mg_eventfd()
        guard wakeFD >= 0 else { throw IOError("eventfd", errno) }
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        close(wakeFD)
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Hands `message` to the loop. False when the loop has ended: the message is dropped.
    @discardableResult
    public func post(_ message: @escaping @Sendable (Resident) -> Void) -> Bool {
        pthread_mutex_lock(mutex)
        let wasEmpty = messages.isEmpty
        let accepted = !isClosed
        if accepted { messages.append(message) }
        pthread_mutex_unlock(mutex)
        if accepted, wasEmpty {
            var one: UInt64 = 1
            _ = write(wakeFD, &one, 8)
        }
        return accepted
    }

    /// Refuses everything posted from now on.
    func closeDoor() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_mutex_unlock(mutex)
    }

    /// Starts delivery to `resident` on `loop`; delivery ends when the returned object goes.
    public func deliver(to resident: Resident, on loop: EventLoop) -> AnyObject {
        MailboxReader(loop, self, resident, wakeFD)
    }

    fileprivate func takeAll() -> [@Sendable (Resident) -> Void] {
        var count: UInt64 = 0
        _ = read(wakeFD, &count, 8)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let taken = messages
        messages = []
        return taken
    }
}

private final class MailboxReader<Resident: AnyObject>: SocketEventHandler {
    private let mailbox: Mailbox<Resident>
    private unowned let resident: Resident
    private var readable: SocketEvent?

    init(_ loop: EventLoop, _ mailbox: Mailbox<Resident>, _ resident: Resident, _ fd: Int32) {
        self.mailbox = mailbox
        self.resident = resident
        super.init(loop)
        readable = SocketEvent(fd: fd, reading: true, handler: self)
        readable?.add()
    }

    override func becameReadable() { for message in mailbox.takeAll() { message(resident) } }
}

/// Something that goes over to another loop whole, and is taken out once. Who has put it in keeps nothing of it that can be
/// changed.
public final class Handoff<Value: ~Copyable>: @unchecked Sendable {
    // Only ever touched by the loop that has it: posting it orders the accesses.
    private var value: Value?

    public init(_ value: consuming Value) { self.value = consume value }

    /// What was put in; nil where it has been taken already.
    public func take() -> Value? { value.take() }
}

/// An object of a C library that every thread may use and that is freed with its last holder: for objects of which their
/// library promises that.
final class SharedHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    private let free: @Sendable (OpaquePointer) -> Void

    init(_ pointer: OpaquePointer, free: @escaping @Sendable (OpaquePointer) -> Void) {
        self.pointer = pointer
        self.free = free
    }

    deinit { free(pointer) }
}
