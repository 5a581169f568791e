import Testing

@testable import Forwarding

@Suite("What was last published on channels") struct ChannelHistoryTests {
    private func topic(_ name: String, isPattern: Bool = false) -> ChannelTopic { ChannelTopic(isPattern: isPattern, name: Array(name.utf8)) }
    private func numbers(_ history: ChannelHistory, _ topics: [ChannelTopic], after number: UInt64) -> [UInt64] { history.messages(on: topics, after: number).map(\.number) }

    @Test("of each channel the last messages are kept, and told in the order in which they came")
    func counts() {
        var history = ChannelHistory(countMax: 3, bytesMax: 1 << 20)
        for number in 1...10 { #expect(history.note([UInt8(number)], on: topic(number % 2 == 0 ? "even" : "odd")) == UInt64(number)) }
        #expect(numbers(history, [topic("even"), topic("odd")], after: 0) == [5, 6, 7, 8, 9, 10])
        #expect(numbers(history, [topic("even"), topic("even")], after: 6) == [8, 10])
        #expect(history.messages(on: [topic("odd")], after: 8).map(\.bytes) == [[9]])
        #expect(numbers(history, [topic("none"), topic("even", isPattern: true)], after: 0) == [])
        #expect(numbers(history, [topic("odd")], after: .max) == [])
    }

    @Test("of all together so many bytes are kept, and what is too large for that ends what there was of its channel")
    func bytes() {
        var history = ChannelHistory(countMax: 1000, bytesMax: 1000)
        for number in 0..<500 {
            _ = history.note([UInt8](repeating: 0, count: number % 90), on: topic("\(number % 7)"))
            #expect(history.bytes <= 1000)
        }
        #expect(numbers(history, (0..<7).map { topic("\($0)") }, after: 0).last == 500)
        _ = history.note([UInt8](repeating: 0, count: 2000), on: topic("3"))
        #expect(numbers(history, [topic("3")], after: 0) == [] && history.lastNumber == 501)
    }

    @Test("nothing is left of channels that are forgotten")
    func forgotten() {
        var history = ChannelHistory(countMax: 10, bytesMax: 1 << 20)
        for number in 0..<20_000 {
            _ = history.note([1, 2, 3], on: topic("\(number)"))
            history.forget(topic("\(number)"))
        }
        #expect(history.bytes == 0)
        _ = history.note([1], on: topic("a"))
        #expect(numbers(history, [topic("a")], after: 0) == [20_001])
    }
}
