import CLibevent

/// Whoever waits for a file descriptor on a loop.
public class SocketEventHandler {
    unowned(unsafe) let loop: EventLoop

    init(_ loop: EventLoop) { self.loop = loop }

    func becameReadable() {}
    func becameWritable() {}
}

/// One libevent registration of a file descriptor, for reading or for writing; it ends with its owner's hold on it.
///
/// The C callback reaches the handler through an unretained pointer, so a handler that lets go of its event, or goes itself,
/// does so at the turn's end (``EventLoop/retire(_:)``). A connection at rest has one such event and nothing besides, so it
/// is a bare pointer.
struct SocketEvent: ~Copyable {
    private let storage: UnsafeMutablePointer<event>

    init(fd: Int32, reading: Bool, handler: SocketEventHandler) {
        storage = handler.loop.eventMemory.take()
        let kind = Int16(truncatingIfNeeded: (reading ? EV_READ : EV_WRITE) | EV_PERSIST)
        event_assign(
            storage, handler.loop.base, fd, kind,
            { _, kind, context in
                guard let context else { return }
                Unmanaged<SocketEventHandler>.fromOpaque(context)._withUnsafeGuaranteedRef { handler in
                    handler.loop.beginCallback()
                    if Int32(kind) & EV_READ != 0 { handler.becameReadable() } else { handler.becameWritable() }
                }
            }, Unmanaged.passUnretained(handler).toOpaque())
    }

    deinit {
        // What is not waited for has nothing to do with the loop, which may be gone by now.
        if mg_event_is_added(storage) != 0 { event_del(storage) }
        EventMemory.giveBack(storage)
    }

    /// Whether the descriptor is waited for.
    var isAdded: Bool { mg_event_is_added(storage) != 0 }

    func add() {
        if !isAdded { event_add(storage, nil) }
    }

    func remove() {
        if isAdded { event_del(storage) }
    }
}

/// Memory for the `event`s of one loop, one behind the other in pages: for each connection at rest such an event is a good
/// part of what it costs, and the allocator's own words on it would be a tenth more.
///
/// Each page begins with what leads from an event back to here, so that an event is a bare pointer.
final class EventMemory {
    private struct PageHead {
        let owner: Unmanaged<EventMemory>
    }

    private static let pageBytes = 4096
    private static let pagesPerBlock = 16
    private static let stride = MemoryLayout<event>.stride
    private static let firstOffset = max(stride, MemoryLayout<PageHead>.stride)

    private var blocks: [UnsafeMutableRawPointer] = []
    private var free: [UnsafeMutablePointer<event>] = []

    deinit { for block in blocks { block.deallocate() } }

    /// Room for one event; until it is given back, all of this stays.
    func take() -> UnsafeMutablePointer<event> {
        if free.isEmpty { addBlock() }
        _ = Unmanaged.passRetained(self)
        return free.removeLast()
    }

    /// Takes back what ``take()`` of whichever loop has given; on that loop's thread.
    static func giveBack(_ event: UnsafeMutablePointer<event>) {
        let page = UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: event) & ~UInt(pageBytes - 1))
        guard let head = page?.assumingMemoryBound(to: PageHead.self) else { return }
        let owner = head.pointee.owner
        owner.takeUnretainedValue().free.append(event)
        owner.release()
    }

    private func addBlock() {
        let block = UnsafeMutableRawPointer.allocate(byteCount: Self.pagesPerBlock * Self.pageBytes, alignment: Self.pageBytes)
        blocks.append(block)
        // The last of them is taken first, so that pages are begun in their order.
        for pageNumber in (0..<Self.pagesPerBlock).reversed() {
            let page = block + pageNumber * Self.pageBytes
            page.initializeMemory(as: PageHead.self, to: PageHead(owner: .passUnretained(self)))
            for offset in Swift.stride(from: Self.firstOffset, through: Self.pageBytes - Self.stride, by: Self.stride).reversed() {
                free.append((page + offset).bindMemory(to: event.self, capacity: 1))
            }
        }
    }
}

/// A timer of the loop. It stops when it is cancelled or let go.
public final class LoopTimer {
    private let storage: UnsafeMutablePointer<event>
    private let action: () -> Void
    private unowned let loop: EventLoop
    private let isRepeating: Bool

    /// - Parameter milliseconds: until the first call, and between two calls when `repeating`.
    public init(_ loop: EventLoop, milliseconds: Int, repeating: Bool = false, _ action: @escaping () -> Void) {
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
    public func cancel() { event_del(storage) }

    private func fire() {
        loop.beginCallback()
        loop.retire(self)
        action()
    }
}

/// A signal of the process, delivered as an event of one loop.
public final class SignalSource {
    private let storage: UnsafeMutablePointer<event>
    private let action: () -> Void
    private unowned let loop: EventLoop

    public init(_ loop: EventLoop, signal: Int32, _ action: @escaping () -> Void) {
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
