/// One failover as it was seen here, from the first sign of trouble until the clients had gone on.
package struct FailoverRecord: Sendable, Equatable {
    /// Something that happened, or was decided.
    package struct Entry: Sendable, Equatable {
        /// Since the first sign.
        package let milliseconds: Int
        /// Who told it: a sentinel's or a server's address, or `mastergate`.
        package let source: String
        package let text: String
    }

    /// Counts up from 1 for each master.
    package let number: Int
    /// Wall clock of the first sign, milliseconds since 1970.
    package let beganAtMilliseconds: Int
    package internal(set) var oldMaster: String?
    /// Nil where the old master stayed.
    package internal(set) var newMaster: String?
    package internal(set) var entries: [Entry] = []
    /// Entries beyond the bound, which were not kept.
    package internal(set) var droppedEntries = 0
    /// From the first sign to the decision for the new master; nil where there was none.
    package internal(set) var switchedAfterMilliseconds: Int?
    /// What became of links and commands meanwhile.
    package internal(set) var linksCut = 0
    package internal(set) var clientsHeld = 0
    package internal(set) var requestsRunAgain = 0
    /// What it is called: where the master has stayed, as behind a pause of the process, nothing has failed over.
    package var title: String { "\(newMaster == nil ? "Interruption" : "Failover") \(number)" }
    package internal(set) var requestsRefused = 0
    package internal(set) var outcomesUnknown = 0

    fileprivate mutating func append(_ entry: Entry, max: Int) {
        if entries.count < max { entries.append(entry) } else { droppedEntries += 1 }
    }

    /// All entries in one line: `0 ms sentinel 127.0.0.1:26379: +sdown …; …`.
    package var story: String {
        entries.map { "\($0.milliseconds) ms \($0.source): \($0.text)" }.joined(separator: "; ")
    }
}

/// The failovers of one master, the last ones kept in memory. Pure: times are passed in.
///
///     quiet ──a sign of trouble──▶ recording ──a new master, and a moment for the clients──▶ quiet
///                                      └──nothing for a long while──▶ quiet
package struct FailoverTimeline: Sendable {
    /// How long after the decision the clients' commands are counted in.
    package static let settleMilliseconds = 1000
    /// How long after the end of a story what is told late still goes into it.
    package static let afterwordMilliseconds = 5000
    /// How long a trouble lasts of which nothing more is heard.
    package static let quietMilliseconds = 30_000

    private let recordsMax: Int
    private let entriesMax: Int
    /// Those that are over, the oldest first.
    package private(set) var records: [FailoverRecord] = []
    /// The one under way.
    package private(set) var current: FailoverRecord?
    /// Of the story under way, or the last one.
    private var beganAt = 0
    private var lastSignAt = 0
    private var switchedAt: Int?
    private var before = LoopCounters()
    private var count = 0

    package init(recordsMax: Int = 16, entriesMax: Int = 200) {
        self.recordsMax = recordsMax
        self.entriesMax = entriesMax
    }

    /// A sign that the master is in trouble; true where it is the first, and the loops' counters are wanted.
    package mutating func sign(_ text: String, from source: String, master: String?, now: Int, wallMilliseconds: Int) -> Bool {
        let isFirst = current == nil
        if isFirst {
            count += 1
            current = FailoverRecord(number: count, beganAtMilliseconds: wallMilliseconds)
            current?.oldMaster = master
            beganAt = now
            switchedAt = nil
        }
        lastSignAt = now
        note(text, from: source, now: now)
        return isFirst
    }

    /// What the loops had counted when the trouble began.
    package mutating func began(with counters: LoopCounters) { before = counters }

    /// Something else that belongs into the story, while there is one or just was: the last sentinel tells of a switch up to
    /// two seconds behind the first.
    package mutating func note(_ text: String, from source: String, now: Int) {
        let entry = FailoverRecord.Entry(milliseconds: now - beganAt, source: source, text: text)
        if current != nil {
            current?.append(entry, max: entriesMax)
        } else if let switchedAt, !records.isEmpty, now - switchedAt <= Self.settleMilliseconds + Self.afterwordMilliseconds {
            records[records.count - 1].append(entry, max: entriesMax)
        }
    }

    /// Another master has been decided for.
    package mutating func switched(to master: String, now: Int) {
        guard current != nil else { return }
        current?.newMaster = master
        current?.switchedAfterMilliseconds = now - beganAt
        switchedAt = now
    }

    /// Whether the trouble is over, so that the loops' counters are wanted for ``ended(with:)``.
    package func isOver(now: Int) -> Bool {
        guard current != nil else { return false }
        if let switchedAt { return now - switchedAt >= Self.settleMilliseconds }
        return now - lastSignAt >= Self.quietMilliseconds
    }

    /// The story ends; hands back the record.
    package mutating func ended(with counters: LoopCounters) -> FailoverRecord? {
        guard var record = current else { return nil }
        record.linksCut = counters.linksFenced - before.linksFenced
        record.clientsHeld = counters.clientsHeld - before.clientsHeld
        record.requestsRunAgain = counters.requestsRunAgain - before.requestsRunAgain
        record.requestsRefused = counters.refusedNoMaster - before.refusedNoMaster
        record.outcomesUnknown = counters.unknownOutcomes - before.unknownOutcomes
        records.append(record)
        if records.count > recordsMax { records.removeFirst() }
        current = nil
        return record
    }
}
