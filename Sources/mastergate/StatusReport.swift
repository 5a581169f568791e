import EventLoop
import Rendering

/// The JSON of `/status` in words, for a terminal. A member that is missing leaves out what it would say.
enum StatusReport {
    /// Failovers told of each master, the last ones.
    private static let failoversMax = 5

    static func text(_ status: JSONValue, nowMilliseconds: Int) -> String {
        let masters = status["masters"]?.elements ?? []
        return masters.map { master($0, nowMilliseconds) }.joined(separator: "\n")
    }

    private static func master(_ master: JSONValue, _ now: Int) -> String {
        let name = master["name"]?.text ?? "?"
        var lines = ["\(name): \(headline(master, now))"]
        if let reason = master["unavailable"]?.text { lines.append("  not served: \(reason)") }
        if master["paused"]?.isTrue == true { lines.append("  paused: commands wait for mastergate resume") }

        // A fixed upstream has no sentinels, and tells of no replicas.
        let sentinels = master["sentinels"]?.elements ?? []
        if !sentinels.isEmpty {
            let answering = sentinels.count { $0["answering"]?.isTrue == true }
            let majority = master["majority"]?.integer.map { "; a majority is \($0)" } ?? ""
            lines.append("  sentinels: \(answering) of \(sentinels.count) answer\(majority)")
            lines += table(sentinels.map(sentinel))
            let replicas = master["replicas"]?.elements ?? []
            let online = replicas.count { $0["online"]?.isTrue == true }
            lines.append("  replicas: \(online) of \(replicas.count) online")
            lines += table(replicas.map(replica))
        }

        let failovers = master["failovers"]?.elements ?? []
        if !failovers.isEmpty {
            let told = failovers.suffix(failoversMax)
            lines.append("  failovers: " + (told.count < failovers.count ? "the last \(told.count) of \(failovers.count)" : "\(failovers.count)"))
            lines += table(told.reversed().map(failover))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func headline(_ master: JSONValue, _ now: Int) -> String {
        guard let address = master["master"]?.text else { return "no master known" }
        var text = address
        if let since = master["since_ms"]?.integer, since > 0 {
            text += " is the master since \(moment(since)) (\(duration(seconds: max(0, now - since) / 1000)))"
        }
        if let epoch = master["epoch"]?.integer, epoch > 0 { text += ", epoch \(epoch)" }
        return text + (master["answering"]?.isTrue == true ? ", answering" : ", NOT answering")
    }

    private static func sentinel(_ sentinel: JSONValue) -> [String] {
        let isAnswering = sentinel["answering"]?.isTrue == true
        let claim = sentinel["claim"]?.text.map { "says \($0)" + (sentinel["epoch"]?.integer.map { ", epoch \($0)" } ?? "") }
        let state = isAnswering ? (sentinel["subscribed"]?.isTrue == true ? "" : "not subscribed") : "does not answer"
        let event = sentinel["last_event"]?.text.map { "last: \($0)" } ?? ""
        return [sentinel["address"]?.text ?? "?", claim ?? "says nothing", state, event]
    }

    private static func replica(_ replica: JSONValue) -> [String] {
        let lag = replica["lag_bytes"]?.integer.map { "\($0) bytes behind" } ?? "lag unknown"
        return [replica["address"]?.text ?? "?", replica["online"]?.isTrue == true ? "online" : "not online", lag]
    }

    private static func failover(_ record: JSONValue) -> [String] {
        func number(_ name: String) -> Int { record[name]?.integer ?? 0 }
        let way = "\(record["old"]?.text ?? "?") -> \(record["new"]?.text ?? "not yet known")"
        let time = record["switched_after_ms"]?.integer.map { "after \($0) ms" } ?? "not switched"
        let counts = "clients held \(number("clients_held")), run again \(number("run_again")), refused \(number("refused")), unknown \(number("unknown"))"
        return [moment(number("began_ms")), way, time, counts]
    }

    /// The rows, indented, their columns below each other; a column that is empty everywhere is left out.
    private static func table(_ rows: [[String]]) -> [String] {
        let columns = (rows.first?.indices ?? 0..<0).filter { column in rows.contains { !$0[column].isEmpty } }
        let widths = columns.map { column in rows.reduce(0) { max($0, $1[column].count) } }
        return rows.map { row in
            var line = "   "
            for (column, width) in zip(columns, widths) {
                line += " " + row[column] + String(repeating: " ", count: width - row[column].count) + " "
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// `2026-11-20 21:35:53Z`; fractions of a second say nothing here.
    private static func moment(_ milliseconds: Int) -> String {
        var text = WallTime.text(milliseconds: milliseconds).prefix(19).replacing("T", with: " ")
        text += "Z"
        return String(text)
    }

    /// The two largest units that are not zero: `3 d 4 h`.
    private static func duration(seconds: Int) -> String {
        let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")]
        let told = parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return told.isEmpty ? "0 s" : told.joined(separator: " ")
    }
}
