import CLibevent
import Glibc

/// A thread of the system.
public enum SystemThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs `body` and ends.
    ///
    /// - Throws: ``IOError`` when the system grants none.
    @discardableResult
    public static func start(_ body: @escaping @Sendable () -> Void) throws(IOError) -> pthread_t {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Body(body))
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw IOError("pthread_create", code)
        }
        return thread
    }
}

/// A thread that runs one ``EventLoop`` with one resident on it, which is made, used and let go on that thread alone.
public final class LoopThread<Resident: AnyObject>: Sendable {
    /// Reaches the resident from any thread.
    public let mailbox: Mailbox<Resident>
    private let thread: pthread_t

    /// Starts the thread; `make` runs on it before the loop's first turn, and `failed` when it throws.
    ///
    /// - Throws: ``IOError`` when the thread cannot be started.
    public init(
        name: String, _ make: @escaping @Sendable (EventLoop, Mailbox<Resident>) throws -> Resident,
        failed: @escaping @Sendable (any Error) -> Void
    ) throws(IOError) {
        let mailbox = try Mailbox<Resident>()
        self.mailbox = mailbox
        thread = try SystemThread.start {
            do {
                let loop = try EventLoop()
                let resident = try make(loop, mailbox)
                let delivery = mailbox.deliver(to: resident, on: loop)
                withExtendedLifetime((resident, delivery)) { loop.run() }
            } catch {
                failed(error)
            }
            mailbox.closeDoor()
        }
        mg_name_thread(thread, String(name.prefix(15)))
    }

    /// Waits until the thread has ended.
    public func join() { pthread_join(thread, nil) }
}
