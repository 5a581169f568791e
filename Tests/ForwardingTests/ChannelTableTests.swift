import Bytes
import RESP
import Testing

@testable import Forwarding

private func topic(_ name: String, isPattern: Bool = false) -> ChannelTopic { ChannelTopic(isPattern: isPattern, name: Array(name.utf8)) }

@Suite("Who listens to what") struct ChannelTableTests {
    @Test("a topic is asked for once, told to those who wait, and given up with the last")
    func life() {
        var table = ChannelTable<Int>()
        #expect(table.add(1, topic("a")) == .ask)
        #expect(table.add(2, topic("a")) == .wait)
        #expect(table.add(1, topic("a")) == .wait)
        #expect(table.confirmed(topic("a")) == [1, 2])
        #expect(table.confirmed(topic("a")) == [])
        #expect(table.add(3, topic("a")) == .confirmed)
        #expect(table.listeners(to: topic("a")) == [1, 2, 3])
        let removals = [1, 1, 2, 3].map { table.remove($0, topic("a")) }
        #expect(removals == [false, false, false, true])
        #expect(table.isEmpty)
    }

    @Test("what the server refuses nobody listens to")
    func refused() {
        var table = ChannelTable<Int>()
        _ = (table.add(1, topic("a")), table.add(2, topic("a")), table.add(1, topic("b")))
        let refused = [table.refused(topic("a")), table.refused(topic("a"))]
        #expect(refused == [[1, 2], []])
        #expect(!table.wants(topic("a")) && table.wants(topic("b")))
    }

    @Test("listeners come and go in their order, however many there are, each once", arguments: [3, 8, 9, 40, 1000])
    func many(count: Int) {
        var list = ListenerList(0)
        for listener in 0..<count { list.insert(listener) }
        #expect(list.all == Array(0..<count))
        for listener in stride(from: 0, to: count, by: 2) {
            let removals = (list.remove(listener), list.remove(listener))
            #expect(removals == (true, false))
        }
        #expect(list.all == Array(stride(from: 1, to: count, by: 2)))
        list.insert(0)
        list.insert(1)
        #expect(list.all == Array(stride(from: 1, to: count, by: 2)) + [0])
        for listener in list.all { _ = list.remove(listener) }
        #expect(list.isEmpty && list.all.isEmpty)
    }

    @Test("100,000 listeners of one topic leave in the time of one look at each")
    func quickly() {
        var table = ChannelTable<Int>()
        let count = 100_000
        let clock = ContinuousClock()
        let time = clock.measure {
            for listener in 0..<count { _ = table.add(listener, topic("a")) }
            for listener in 0..<count { _ = table.remove(listener, topic("a")) }
        }
        #expect(table.isEmpty)
        // Looking at each for each takes many minutes.
        #expect(time < .seconds(20))
    }

    @Test("the server confirms topics one by one, and refuses a request whole")
    func requests() {
        var requests = ChannelRequests()
        #expect(String(decoding: requests.ask([topic("a"), topic("b")], isSubscribe: true), as: UTF8.self) == "*3\r\n$9\r\nSUBSCRIBE\r\n$1\r\na\r\n$1\r\nb\r\n")
        #expect(String(decoding: requests.ask([topic("c*", isPattern: true)], isSubscribe: true), as: UTF8.self) == "*2\r\n$10\r\nPSUBSCRIBE\r\n$2\r\nc*\r\n")
        #expect(String(decoding: requests.ask([topic("d")], isSubscribe: false), as: UTF8.self) == "*2\r\n$11\r\nUNSUBSCRIBE\r\n$1\r\nd\r\n")
        _ = requests.ask([topic("e"), topic("f")], isSubscribe: true)
        requests.confirmedNext()
        requests.confirmedNext()
        let refused = (0..<4).map { _ in requests.refusedNext() }
        #expect(refused == [[topic("c*", isPattern: true)], [], [topic("e"), topic("f")], []])
        #expect(requests.ask([], isSubscribe: true).isEmpty)
    }

    @Test("names take their bytes and a little more")
    func memory() {
        #expect(TopicMemory.bytes(ofRequest: CommandWriter.encode("SUBSCRIBE", "abc", "").span) == 3 + 2 * 32)
        #expect(TopicMemory.bytes(of: topic("abc")) == 35)
        #expect(TopicMemory.bytes(ofRequest: CommandWriter.encode("SUBSCRIBE").span) == 0)
    }
}
