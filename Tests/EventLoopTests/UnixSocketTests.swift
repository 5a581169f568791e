import Bytes
import CLibevent
import Glibc
import Testing

@testable import EventLoop

@Suite struct UnixSocketTests {
    private let folder: TemporaryFolder
    private let loop: EventLoop

    init() throws {
        folder = try TemporaryFolder(prefix: "mastergate-test")
        loop = try EventLoop()
    }

    private var path: String { "\(folder.path)/s" }

    private func listen(mode: Int = 0o770, _ accepted: @escaping (AcceptedSocket) -> Void = { $0.refuse(with: []) }) throws -> Listener {
        try Listener(loop, on: #require(SocketAddress(unixPath: path)), unixMode: mode, accepted: accepted)
    }

    private func mode() -> mode_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : nil
    }

    @Test func anAddressIsAPathThatTheSystemHasRoomFor() throws {
        let address = try #require(SocketAddress(unixPath: "/run/s"))
        #expect(address.description == "unix:/run/s")
        #expect(address.ip == nil && address.port == 0)
        #expect(address == SocketAddress(unixPath: "/run/s"))
        let longest = "/" + String(repeating: "x", count: 106)
        let length = try #require(SocketAddress(unixPath: longest)).withPointer { pointer, length in
            pointer.withMemoryRebound(to: sockaddr_un.self, capacity: 1) { un in
                withUnsafeBytes(of: un.pointee.sun_path) { $0.firstIndex(of: 0) }
            }
        }
        #expect(length == 107)
        #expect(SocketAddress(unixPath: longest + "x") == nil)
        #expect(SocketAddress(unixPath: "relative") == nil)
    }

    @Test func aPeerHasNoAddressAndIsShownAsUnix() throws {
        var accepted: AcceptedSocket?
        let listener = try listen { accepted = $0 }
        #expect(listener.address.unixPath == path)
        let peer = try BlockingStream(listener.address, timeoutMilliseconds: 2000)
        while accepted == nil { loop.turn() }
        let address = try #require(accepted).peer
        #expect(address.ip == nil)
        #expect(address.description == "unix")
        #expect(Set([address, address]).count == 1)
        let recorder = Recorder()
        let socket = try #require(accepted).socket(on: loop, delegate: recorder)
        try peer.write(Array("hello".utf8))
        while recorder.received.isEmpty { loop.turn() }
        socket.send(recorder.received)
        loop.turn(waiting: false)
        #expect(try peer.read() == Array("hello".utf8))
    }

    @Test func theFileHasItsModeAndGoesWithTheListener() throws {
        var listener: Listener? = try listen(mode: 0o640)
        #expect(mode() == S_IFSOCK | 0o640)
        _ = listener
        listener = nil
        #expect(mode() == nil)
    }

    @Test func aFileThatADeadProcessLeftIsReplaced() throws {
        let address = try #require(SocketAddress(unixPath: path))
        let dead = mg_socket(AF_UNIX)
        #expect(address.withPointer { mg_bind(dead, $0, $1) } == 0)
        close(dead)
        #expect(mode() != nil)
        let listener = try listen()
        _ = try BlockingStream(listener.address, timeoutMilliseconds: 2000)
    }

    @Test func aSocketThatSomebodyListensAtIsLeftAlone() throws {
        let first = try listen()
        let error = #expect(throws: IOError.self) { try listen() }
        #expect(error?.description == "listen on unix:\(path): in use by another process")
        _ = try BlockingStream(first.address, timeoutMilliseconds: 2000)
    }

    @Test func whatIsNoSocketIsLeftAlone() throws {
        try folder.write("precious", to: "s")
        let error = #expect(throws: IOError.self) { try listen() }
        #expect(error?.detail == "something that is no socket stands there")
        #expect(try folder.read("s") == "precious")
    }

    @Test func aFileThatIsSomebodyElsesByNowStays() throws {
        var listener: Listener? = try listen()
        unlink(path)
        try folder.write("another's", to: "s")
        _ = listener
        listener = nil
        #expect(try folder.read("s") == "another's")
    }
}
