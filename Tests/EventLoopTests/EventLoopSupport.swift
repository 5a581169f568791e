import Bytes
import CLibevent
import Glibc
import Testing

@testable import EventLoop

/// Reads `count` bytes on a thread of its own.
final class Reader: @unchecked Sendable {
    private var thread = pthread_t()
    private var total = 0

    init(_ stream: BlockingStream, count: Int) throws {
        let handle = Unmanaged.passRetained(Handle(self, stream, count)).toOpaque()
        pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let handle = Unmanaged<Handle>.fromOpaque(context).takeRetainedValue()
                while handle.reader.total < handle.count, let bytes = try? handle.stream.read(bytesMax: 1 << 20), !bytes.isEmpty {
                    handle.reader.total += bytes.count
                }
                return nil
            }, handle)
    }

    private final class Handle {
        let reader: Reader
        let stream: BlockingStream
        let count: Int
        init(_ reader: Reader, _ stream: BlockingStream, _ count: Int) {
            self.reader = reader
            self.stream = stream
            self.count = count
        }
    }

    func join() -> Int {
        pthread_join(thread, nil)
        return total
    }
}

/// A listening socket whose queue is full, so that a connect to it stays unanswered.
final class FullListener {
    let address: SocketAddress
    private let fd: Int32
    private var fillers: [Int32] = []

    init() throws {
        fd = mg_socket(AF_INET)
        let any = SocketAddress(try #require(Resolver.loopbackV4), port: 0)
        let bound = any.withPointer { [fd] in mg_bind(fd, $0, $1) }
        try #require(bound == 0 && listen(fd, 0) == 0)
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = mg_getsockname(fd, &storage, &length)
        address = try #require(SocketAddress(storage))
        for _ in 0..<4 {
            let filler = mg_socket(AF_INET)
            _ = address.withPointer { mg_connect(filler, $0, $1) }
            fillers.append(filler)
        }
    }

    deinit { for descriptor in fillers + [fd] { close(descriptor) } }
}

/// Stands for a stopped process: the thread does nothing for a while.
enum FrozenThread {
    static func freeze(milliseconds: Int) -> Int {
        let end = MonotonicClock.nowMicroseconds() + milliseconds * 1000
        var turns = 0
        while MonotonicClock.nowMicroseconds() < end { turns += 1 }
        return turns
    }
}
