import RESP

/// The command connection to one sentinel: what is sent on it and what its replies mean. Pure.
///
///     opened ──AUTH, MYID, questions──▶ asking ◀──▶ (one round in flight at most; a further wish is remembered)
package struct SentinelQuerySession: ~Copyable {
    package enum Answer: Sendable, Equatable {
        /// The sentinel's own run id.
        case identified(runID: String)
        case reported(masterName: String, SentinelReport)
        /// The sentinel refused us: wrong password, missing right.
        case refused(String)
        /// What came of ``SentinelQuerySession/failOver(_:)``: nil where a failover has begun, else the sentinel's words.
        case failoverAnswered(refusal: String?)
        /// The names of all masters that it monitors; it has been asked for one that is none of them.
        case monitors([String])
    }

    private enum Awaited: Equatable {
        case ignored
        case authentication
        case runID
        case master(String), address, replicas, sentinels
        case failover
        case masters
    }

    /// How Sentinel begins its answer about a master that it does not monitor.
    private static let unknownMaster = "ERR No such master"

    private let masterNames: [String]
    private var replies = ReplyStream(bytesMax: 4 << 20)
    private var awaited: [Awaited] = []
    private var collected: [ReplyValue] = []
    private var isAskingAgainDue = false
    private var hasAskedForMasters = false
    /// Answers about one master after another, counted.
    private var answeredRounds = 0

    package init(masterNames: [String]) { self.masterNames = masterNames }

    /// Whether a round of questions is under way.
    package var isAsking: Bool { !awaited.isEmpty }

    /// The first bytes on a new connection: credentials, the sentinel's identity, and the first questions.
    package mutating func opened(user: [UInt8]?, password: [UInt8]?) -> [UInt8] {
        var output = SentinelCredentials.encode(user: user, password: password)
        if password != nil { awaited.append(.authentication) }
        CommandWriter.append("CLIENT", "SETNAME", "mastergate", to: &output)
        CommandWriter.append("SENTINEL", "MYID", to: &output)
        awaited += [.ignored, .runID]
        appendQuestions(to: &output)
        return output
    }

    /// The bytes that ask for everything again; empty while the last questions are unanswered, which are then followed
    /// by new ones at once, since their answers may be older than the wish.
    package mutating func ask() -> [UInt8] {
        guard awaited.isEmpty else {
            isAskingAgainDue = true
            return []
        }
        var output: [UInt8] = []
        appendQuestions(to: &output)
        return output
    }

    /// The bytes that ask for a failover now, without a vote.
    /// Source: https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ ("SENTINEL FAILOVER").
    package mutating func failOver(_ masterName: String) -> [UInt8] {
        awaited.append(.failover)
        return CommandWriter.encode("SENTINEL", "FAILOVER", masterName)
    }

    private mutating func appendQuestions(to output: inout [UInt8]) {
        for name in masterNames {
            // Epoch and address are asked for in one write: see SentinelReport.
            CommandWriter.append("SENTINEL", "MASTER", name, to: &output)
            CommandWriter.append("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name, to: &output)
            CommandWriter.append("SENTINEL", "REPLICAS", name, to: &output)
            CommandWriter.append("SENTINEL", "SENTINELS", name, to: &output)
            awaited += [.master(name), .address, .replicas, .sentinels]
        }
    }

    /// Takes received bytes in; hands back what they tell, and bytes to be sent in turn.
    ///
    /// - Throws: ``ReplyError`` when the bytes are no RESP; the connection is to be closed.
    package mutating func received(_ bytes: UnsafeRawBufferPointer) throws(ReplyError) -> (answers: [Answer], output: [UInt8]) {
        replies.append(bytes)
        var answers: [Answer] = []
        var isUnknown = false
        while let reply = try replies.next() {
            guard !awaited.isEmpty else { continue }
            switch awaited.removeFirst() {
            case .ignored: break
            case .authentication:
                if case .error(let text) = reply { answers.append(.refused(ErrorText.withoutArguments(text))) }
            case .runID:
                if let runID = reply.text { answers.append(.identified(runID: runID)) }
                if case .error(let text) = reply { answers.append(.refused(text)) }
            case .failover:
                if case .error(let text) = reply { answers.append(.failoverAnswered(refusal: text)) } else { answers.append(.failoverAnswered(refusal: nil)) }
                continue
            case .masters:
                answers.append(.monitors((reply.elements ?? []).compactMap { $0.fields?["name"] }))
                continue
            case .master, .address, .replicas:
                collected.append(reply)
                continue
            case .sentinels:
                collected.append(reply)
            }
            if collected.count == 4 {
                let name = masterNames[answeredRounds % masterNames.count]
                answeredRounds += 1
                if case .error(let text) = collected[0], !text.hasPrefix(Self.unknownMaster) {
                    // A sentinel that will not talk to us has no say, unlike one that knows no such master.
                    answers.append(.refused(text))
                } else {
                    answers.append(
                        .reported(
                            masterName: name,
                            SentinelReport(
                                master: collected[0], address: collected[1], replicas: collected[2], sentinels: collected[3])))
                }
                if case .error(let text) = collected[0], text.hasPrefix(Self.unknownMaster) { isUnknown = true }
                collected.removeAll(keepingCapacity: true)
            }
        }
        var output: [UInt8] = []
        if isUnknown, !hasAskedForMasters {
            hasAskedForMasters = true
            CommandWriter.append("SENTINEL", "MASTERS", to: &output)
            awaited.append(.masters)
        }
        guard awaited.isEmpty, isAskingAgainDue else { return (answers, output) }
        isAskingAgainDue = false
        return (answers, ask())
    }

}

/// How a connection to a sentinel authenticates.
enum SentinelCredentials {
    /// The AUTH command, empty without a password.
    static func encode(user: [UInt8]?, password: [UInt8]?) -> [UInt8] {
        guard let password else { return [] }
        var output: [UInt8] = []
        let name = Array("AUTH".utf8)
        CommandWriter.append(user.map { [name, $0, password] } ?? [name, password], to: &output)
        return output
    }
}
