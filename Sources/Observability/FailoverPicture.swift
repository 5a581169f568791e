/// A failover as a picture: three lanes over the milliseconds since the first sign, a mark for each thing that was heard or
/// decided. Every mark has its words as a title, and the page has them all as a table beside it.
package enum FailoverPicture {
    private static let lanes = ["sentinels", "master", "clients"]
    private static let width = 720
    private static let left = 84
    private static let laneHeight = 34

    package static func svg(_ record: FailoverRecord) -> String {
        let end = min(max(record.entries.map(\.milliseconds).max() ?? 0, record.switchedAfterMilliseconds ?? 0, 1), 1 << 40)
        let span = width - left - 16
        func x(_ milliseconds: Int) -> Int { left + span * min(max(0, milliseconds), end) / end }
        let height = laneHeight * lanes.count + 26
        let summary = record.switchedAfterMilliseconds.map { "Failover \(record.number): switched after \($0) ms" } ?? "\(record.title): the master stayed"
        var svg = "<svg viewBox=\"0 0 \(width) \(height)\" role=\"img\" aria-label=\"\(HTMLText.escaped(summary))\" class=\"picture\">"
        for (index, lane) in lanes.enumerated() {
            let y = laneHeight * index + laneHeight / 2 + 4
            svg += "<text x=\"0\" y=\"\(y + 4)\" class=\"lane\">\(lane)</text><line x1=\"\(left)\" x2=\"\(width - 16)\" y1=\"\(y)\" y2=\"\(y)\" class=\"track\"/>"
        }
        if let switched = record.switchedAfterMilliseconds {
            let y = laneHeight * 2 + laneHeight / 2 + 4
            svg += "<line x1=\"\(left)\" x2=\"\(x(switched))\" y1=\"\(y)\" y2=\"\(y)\" class=\"held\"><title>commands waited until \(switched) ms</title></line>"
            svg += "<line x1=\"\(x(switched))\" x2=\"\(x(switched))\" y1=\"4\" y2=\"\(laneHeight * lanes.count)\" class=\"switch\"><title>switched at \(switched) ms</title></line>"
        }
        for entry in record.entries {
            let y = laneHeight * lane(of: entry) + laneHeight / 2 + 4
            svg += "<circle cx=\"\(x(entry.milliseconds))\" cy=\"\(y)\" r=\"4\" class=\"mark\"><title>"
            svg += "\(entry.milliseconds) ms, \(HTMLText.escaped(entry.source)): \(HTMLText.escaped(entry.text))</title></circle>"
        }
        let axis = laneHeight * lanes.count + 18
        let step = tickStep(end)
        for milliseconds in stride(from: 0, through: end, by: step) {
            let anchor = milliseconds == 0 ? "start" : "middle"
            svg += "<text x=\"\(x(milliseconds))\" y=\"\(axis)\" class=\"tick\" text-anchor=\"\(anchor)\">\(milliseconds)\(milliseconds == 0 ? " ms" : "")</text>"
        }
        return svg + "</svg>"
    }

    /// What lies between two numbers of the axis, of which there are five at most: 1, 2 or 5 with zeros.
    private static func tickStep(_ end: Int) -> Int {
        var step = 1
        while true {
            for factor in [1, 2, 5] where end / (step * factor) <= 4 { return step * factor }
            step *= 10
        }
    }

    private static func lane(of entry: FailoverRecord.Entry) -> Int {
        if entry.source.hasPrefix("sentinel") { return 0 }
        let words = entry.text.split(separator: " ")
        return ["commands", "clients", "wait", "held"].contains { words.contains(Substring($0)) } ? 2 : 1
    }
}
