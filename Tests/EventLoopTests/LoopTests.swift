import Bytes
import Testing

@testable import EventLoop

@Suite struct LoopTests {
    @Test func timersFireInTheirOrderAndStopWhenCancelled() throws {
        let loop = try EventLoop()
        var fired: [String] = []
        let late = LoopTimer(loop, milliseconds: 30) { fired.append("late"); loop.stop() }
        let early = LoopTimer(loop, milliseconds: 1) { fired.append("early") }
        let never = LoopTimer(loop, milliseconds: 5) { fired.append("never") }
        never.cancel()
        withExtendedLifetime((late, early, never)) { loop.run() }
        #expect(fired == ["early", "late"])
    }

    @Test func aRepeatingTimerGoesOnUntilItIsLetGo() throws {
        let loop = try EventLoop()
        var count = 0
        var timer: LoopTimer?
        timer = LoopTimer(loop, milliseconds: 1, repeating: true) {
            count += 1
            if count == 5 { timer = nil; loop.stop() }
        }
        loop.run()
        #expect(count == 5)
        _ = timer
    }

    @Test func whatIsPutOffRunsBehindTheCallbacksInOrder() throws {
        let loop = try EventLoop()
        var order: [Int] = []
        let timer = LoopTimer(loop, milliseconds: 1) {
            loop.atTurnEnd {
                order.append(2)
                loop.atTurnEnd { order.append(3); loop.stop() }
            }
            order.append(1)
        }
        withExtendedLifetime(timer) { loop.run() }
        #expect(order == [1, 2, 3])
    }

    @Test func messagesOfOneThreadArriveInTheOrderPosted() throws {
        final class Resident { var seen: [Int] = []; let loop: EventLoop; init(_ loop: EventLoop) { self.loop = loop } }
        let main = try EventLoop()
        let inbox = try Mailbox<Resident>()
        let resident = Resident(main)
        let delivery = inbox.deliver(to: resident, on: main)
        let thread = try LoopThread<Resident>(name: "other") { loop, _ in Resident(loop) } failed: { _ in }
        thread.mailbox.post { other in
            for index in 0..<10_000 { inbox.post { $0.seen.append(index) } }
            inbox.post { $0.loop.stop() }
            other.loop.stop()
        }
        withExtendedLifetime(delivery) { main.run() }
        thread.join()
        #expect(resident.seen == Array(0..<10_000))
        #expect(!thread.mailbox.post { _ in })
    }

    @Test func aLoopThatStoodStillIsToldBeforeItsNextCallback() throws {
        let loop = try EventLoop()
        var events: [String] = []
        loop.sleepLimitMilliseconds = 100
        loop.slept = { milliseconds in events.append(milliseconds >= 100 ? "slept" : "wrong") }
        // The first callback blocks the thread, as a stopped process would; the second is late by that.
        let blocking = LoopTimer(loop, milliseconds: 1) { _ = FrozenThread.freeze(milliseconds: 150) }
        let next = LoopTimer(loop, milliseconds: 10) { events.append("callback"); loop.stop() }
        withExtendedLifetime((blocking, next)) { loop.run() }
        #expect(events == ["slept", "callback"])
    }

    @Test func namesAreResolvedAndNumbersNeedNoResolver() throws {
        let loopback = try #require(Resolver.loopbackV4)
        #expect(Resolver.addresses(of: "127.0.0.1", port: 7) == .success([SocketAddress(loopback, port: 7)]))
        #expect(try Resolver.addresses(of: "localhost", port: 7).get().contains { $0.ip?.isLoopback == true && $0.port == 7 })
        #expect(throws: IOError.self) { try Resolver.addresses(of: "no.such.name.invalid", port: 7).get() }
    }

    @Test func aChildRunsWithItsOutputAndItsExitCode() throws {
        let folder = try TemporaryFolder(prefix: "mastergate-test")
        let child = try ChildProcess(["sh", "-c", "echo out; echo err >&2; exit 7"], output: .file("\(folder.path)/log"))
        #expect(child.wait(milliseconds: 5000))
        #expect(child.exitCode == 7)
        let killed = try ChildProcess(["sleep", "60"])
        #expect(killed.isRunning)
        killed.kill9()
        #expect(killed.exitCode == 137)
        #expect(throws: IOError.self) { try ChildProcess(["no-such-program-anywhere"]) }
    }

    @Test func wallTimeIsWrittenAsRFC3339() {
        #expect(WallTime.text(milliseconds: 0) == "1970-01-01T00:00:00.000Z")
        #expect(WallTime.text(milliseconds: 1_795_222_461_021) == "2026-11-21T00:54:21.021Z")
    }
}

@Suite struct FreePortTests {
    @Test func portsAreFreeAndHandedOutOnce() throws {
        let loop = try EventLoop()
        let loopback = try #require(Resolver.loopbackV4)
        var seen: Set<UInt16> = []
        for _ in 0..<50 {
            let port = try FreePort.next()
            #expect(seen.insert(port).inserted)
            #expect(port < 32_768)
            let listener = try Listener(loop, on: SocketAddress(loopback, port: port)) { $0.refuse(with: []) }
            #expect(listener.address.port == port)
        }
    }
}
