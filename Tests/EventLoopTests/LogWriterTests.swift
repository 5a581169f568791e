import Glibc
import Testing

@testable import EventLoop

@Suite("The log's writer") struct LogWriterTests {
    private func writer(_ path: String, bytesMax: Int = 1 << 20) throws -> LogWriter {
        try LogWriter(.file(try LogFile(path, syncsEachLine: false)), bytesMax: bytesMax, droppedLine: { Array("dropped \($0)\n".utf8) }, reopeningFailed: { Array("not reopened: \($0)\n".utf8) })
    }

    private func text(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
    }

    @Test("lines come out whole and in order, before the thread is started and after")
    func order() throws {
        let folder = try TemporaryFolder(prefix: "mastergate-test")
        let path = "\(folder.path)/log"
        let writer = try writer(path)
        writer.write(Array("first\n".utf8))
        #expect(text(path) == "first\n")
        try writer.start()
        for number in 0..<1000 { writer.write(Array("\(number)\n".utf8)) }
        writer.flush(milliseconds: 5000)
        #expect(text(path) == "first\n" + (0..<1000).map { "\($0)\n" }.joined())
        #expect(writer.droppedCount == 0)
    }

    @Test("who logs does not wait for a reader that does not read: what finds no room is dropped, counted, and told of")
    func hanging() throws {
        let folder = try TemporaryFolder(prefix: "mastergate-test")
        let path = "\(folder.path)/pipe"
        #expect(mkfifo(path, 0o600) == 0)
        // Both ends, so that opening to write does not wait; nobody reads.
        let reader = open(path, O_RDWR)
        defer { close(reader) }
        let writer = try writer(path, bytesMax: 10_000)
        try writer.start()
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 999) + [UInt8(ascii: "\n")]
        for _ in 0..<500 { writer.write(line) }
        #expect(writer.droppedCount > 400 - 64)
        writer.flush(milliseconds: 10)
        // Once somebody reads, the rest comes, and how much is missing.
        var read: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !String(decoding: read.suffix(40), as: UTF8.self).contains("dropped ") {
            let count = Glibc.read(reader, &buffer, buffer.count)
            try #require(count > 0)
            read += buffer[..<count]
        }
        #expect(read.count(where: { $0 == UInt8(ascii: "x") }) == (500 - writer.droppedCount) * 999)
    }

    @Test("a file that was moved away is opened anew")
    func reopening() throws {
        let folder = try TemporaryFolder(prefix: "mastergate-test")
        let path = "\(folder.path)/log"
        let writer = try writer(path)
        try writer.start()
        writer.write(Array("one\n".utf8))
        writer.flush(milliseconds: 5000)
        rename(path, path + ".1")
        writer.reopen()
        let deadline = MonotonicClock.nowMilliseconds() + 5000
        while access(path, F_OK) != 0, MonotonicClock.nowMilliseconds() < deadline { usleep(1000) }
        writer.write(Array("two\n".utf8))
        writer.flush(milliseconds: 5000)
        #expect(text(path + ".1") == "one\n")
        #expect(text(path) == "two\n")
    }
}

@Suite("Files that root opens", .enabled(if: geteuid() == 0)) struct GuardedFileTests {
    private let folder: TemporaryFolder
    private let precious: String

    init() throws {
        folder = try TemporaryFolder(prefix: "mastergate-test")
        precious = try folder.write("precious", to: "precious")
    }

    private func opens(_ path: String) -> Bool {
        guard let fd = try? GuardedFile.open("file", path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600) else { return false }
        close(fd)
        return true
    }

    @Test("no link is followed at the end of a path, and no other name of a file is taken")
    func links() throws {
        symlink(precious, folder.path + "/link")
        symlink(folder.path + "/nowhere", folder.path + "/dangling")
        link(precious, folder.path + "/other")
        for name in ["link", "dangling", "other"] { #expect(!opens("\(folder.path)/\(name)"), "\(name)") }
        #expect(access(folder.path + "/nowhere", F_OK) != 0)
        #expect(opens(folder.path + "/plain"))
        #expect(opens("/dev/stdout"))
    }

    @Test("a folder that is another user's link is not entered; root's own, where nobody else writes, is")
    func folders() throws {
        let real = try folder.makeFolder("real")
        let open = try folder.makeFolder("open")
        chmod(open, 0o777)
        symlink(real, open + "/way")
        symlink(real, folder.path + "/own")
        symlink(real, folder.path + "/others")
        lchown(folder.path + "/others", 65_534, 65_534)
        #expect(!opens(open + "/way/log"))
        #expect(!opens(folder.path + "/others/log"))
        #expect(opens(folder.path + "/own/log"))
        #expect(opens(open + "/log"))
    }

    @Test("only a socket is given away by its path")
    func giving() throws {
        GuardedFile.give(socket: precious, to: 65_534, 65_534)
        symlink(precious, folder.path + "/socket")
        GuardedFile.give(socket: folder.path + "/socket", to: 65_534, 65_534)
        var status = stat()
        #expect(stat(precious, &status) == 0 && status.st_uid == 0)
        let path = folder.path + "/real.sock"
        let listener = try ListeningSocket(on: try #require(SocketAddress(unixPath: path)), unixMode: 0o660)
        GuardedFile.give(socket: path, to: 65_534, 65_534)
        #expect(lstat(path, &status) == 0 && status.st_uid == 65_534 && status.st_mode & 0o777 == 0o660)
        _ = listener
    }
}
