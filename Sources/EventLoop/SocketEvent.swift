import CLibevent

/// Whoever waits for a file descriptor.
protocol SocketEventHandler: AnyObject {
    func becameReadable()
    func becameWritable()
}

/// One libevent registration of a file descriptor, for reading or for writing.
///
/// The C callback reaches the object through an unretained pointer, so its owner keeps it until the turn's end
/// (``EventLoop/retire(_:)``).
final class SocketEvent {
    private let storage: UnsafeMutablePointer<event>
    private unowned let handler: any SocketEventHandler
    private unowned let loop: EventLoop
    private let isForReading: Bool
    private(set) var isAdded = false

    init(_ loop: EventLoop, fd: Int32, reading: Bool, handler: any SocketEventHandler) {
        self.loop = loop
        self.handler = handler
        isForReading = reading
        storage = .allocate(capacity: 1)
        let kind = Int16(truncatingIfNeeded: (reading ? EV_READ : EV_WRITE) | EV_PERSIST)
        event_assign(
            storage, loop.base, fd, kind,
            { _, _, context in
                guard let context else { return }
                Unmanaged<SocketEvent>.fromOpaque(context).takeUnretainedValue().fire()
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        event_del(storage)
        storage.deallocate()
    }

    func add() {
        guard !isAdded else { return }
        isAdded = true
        event_add(storage, nil)
    }

    func remove() {
        guard isAdded else { return }
        isAdded = false
        event_del(storage)
    }

    private func fire() {
        loop.beginCallback()
        if isForReading { handler.becameReadable() } else { handler.becameWritable() }
    }
}

/// A timer of the loop. It stops when it is cancelled or let go.
package final class LoopTimer {
    private let storage: UnsafeMutablePointer<event>
    private let action: () -> Void
    private unowned let loop: EventLoop
    private let isRepeating: Bool

    /// - Parameter milliseconds: until the first call, and between two calls when `repeating`.
    package init(_ loop: EventLoop, milliseconds: Int, repeating: Bool = false, _ action: @escaping () -> Void) {
        self.loop = loop
        self.action = action
        isRepeating = repeating
        storage = .allocate(capacity: 1)
        event_assign(
            storage, loop.base, -1, repeating ? Int16(truncatingIfNeeded: EV_PERSIST) : 0,
            { _, _, context in
                guard let context else { return }
                Unmanaged<LoopTimer>.fromOpaque(context).takeUnretainedValue().fire()
            }, Unmanaged.passUnretained(self).toOpaque())
        var interval = timeval(tv_sec: milliseconds / 1000, tv_usec: (milliseconds % 1000) * 1000)
        event_add(storage, &interval)
    }

    deinit {
        event_del(storage)
        storage.deallocate()
    }

    /// Stops the timer; it will not call any more.
    package func cancel() { event_del(storage) }

    private func fire() {
        loop.beginCallback()
        loop.retire(self)
        action()
    }
}

/// A signal of the process, delivered as an event of one loop.
package final class SignalSource {
    private let storage: UnsafeMutablePointer<event>
    private let action: () -> Void
    private unowned let loop: EventLoop

    package init(_ loop: EventLoop, signal: Int32, _ action: @escaping () -> Void) {
        self.loop = loop
        self.action = action
        storage = .allocate(capacity: 1)
        event_assign(
            storage, loop.base, signal, Int16(truncatingIfNeeded: EV_SIGNAL | EV_PERSIST),
            { _, _, context in
                guard let context else { return }
                let source = Unmanaged<SignalSource>.fromOpaque(context).takeUnretainedValue()
                source.loop.beginCallback()
                source.action()
            }, Unmanaged.passUnretained(self).toOpaque())
        event_add(storage, nil)
    }

    deinit {
        event_del(storage)
        storage.deallocate()
    }
}
