import Bytes
import RESP

/// Clients, the proxy and a few servers that replicate late, die, are demoted and promoted, with every byte on its way cut
/// anywhere. A judge compares what each client was told with what the servers did:
///
/// - an acknowledged write ran exactly once, one of unknown outcome at most once, one said not to have run never;
/// - reads and what only reads are never of unknown outcome;
/// - a transaction ran whole or not at all, and not at all where a watch of its was lost;
/// - a client's writes ran in the order sent, and its replies came in that order, one for each command;
/// - nothing ran for a client that had left before it was sent on.
final class FailoverSimulation {
    private static let serverCount = 3
    private static let clientCount = 3

    /// One command of a client, with what it was.
    private struct Sent {
        enum Kind { case read, write, multi, queued, exec, discard, watch, unwatch }
        var kind: Kind
        /// The writes that hang on it: its own, or all of its transaction.
        var ids: [String] = []
    }

    private struct Execution {
        var server: Int
        var order: Int
        var isMasterInUse: Bool
    }

    private var random: SeededGenerator
    private(set) var servers: [ModelServer] = []
    private let proxy = ModelProxy(clients: FailoverSimulation.clientCount)
    private var sent: [[Sent]]
    private var outgoing: [[UInt8]]
    private var idCount = 0
    private var executions: [String: [Execution]] = [:]
    private var executionCount = 0
    /// Writes of a transaction behind a WATCH.
    private var watchedIDs: Set<String> = []
    private var submittedText: [Set<String>]
    /// What must never run: it was not sent on before its client left.
    private var forbidden: Set<String> = []
    /// Connections that servers may go on serving for a while, though the proxy has let them go.
    private var ghosts: [ModelLink] = []
    private(set) var violations: [String] = []
    /// How often each thing came to pass, so that a test can see that it did.
    private(set) var counts: [String: Int] = [:]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        sent = Array(repeating: [], count: Self.clientCount)
        outgoing = Array(repeating: [], count: Self.clientCount)
        submittedText = Array(repeating: [], count: Self.clientCount)
        servers = (0..<Self.serverCount).map { ModelServer($0, self) }
        servers[0].role = .master
        proxy.submitted = { [unowned self] client, bytes in submitted(client, bytes) }
        proxy.open(servers[0])
    }

    func run() {
        let steps = random.number(60...260)
        for _ in 0..<steps where violations.isEmpty { step() }
        heal()
        judge()
    }

    // MARK: What happens

    private func step() {
        switch random.number(1...100) {
        case 1...22: write(random.number(0...(Self.clientCount - 1)))
        case 23...38: deliver(random.number(0...(Self.clientCount - 1)))
        case 39...54: if let link = anyLink() { handOver(link) }
        case 55...72: if let link = anyLink() { _ = link.serve() }
        case 73...88: if let link = anyLink() { bringReplies(link, all: false) }
        case 89...92: replicate()
        case 93: loseALink()
        case 94: killMaster()
        case 95: demoteMaster()
        case 96, 97: failOver()
        case 98: refuse()
        case 99: serveGhost()
        default: if random.chance(20) { leave(random.number(0...(Self.clientCount - 1))) }
        }
    }

    private func anyLink() -> ModelLink? { proxy.links.isEmpty ? nil : proxy.links[random.number(0...(proxy.links.count - 1))] }

    private func newID(_ client: Int) -> String {
        idCount += 1
        return "c\(client)-\(idCount)"
    }

    private func put(_ client: Int, _ sentCommand: Sent, _ words: String...) {
        sent[client].append(sentCommand)
        CommandWriter.append(words.map { Array($0.utf8) }, to: &outgoing[client])
    }

    private func write(_ client: Int) {
        guard !proxy.clients[client].isClosed else { return }
        let key = "k\(random.number(0...2))"
        switch random.number(1...10) {
        case 1...4:
            let id = newID(client)
            put(client, Sent(kind: .write, ids: [id]), random.chance(70) ? "RPUSH" : "EVAL", key, id)
        case 5, 6: put(client, Sent(kind: .read), random.chance(70) ? "LLEN" : "EVAL_RO", key)
        case 7: put(client, Sent(kind: .unwatch), "UNWATCH")
        default: transaction(client)
        }
    }

    private func transaction(_ client: Int) {
        let key = "k\(random.number(0...2))"
        let isWatched = random.chance(40)
        if isWatched {
            put(client, Sent(kind: .watch), "WATCH", key)
            if random.chance(50) { put(client, Sent(kind: .read), "LLEN", key) }
        }
        let ids = (0..<random.number(1...3)).map { _ in newID(client) }
        if isWatched { watchedIDs.formUnion(ids) }
        put(client, Sent(kind: .multi), "MULTI")
        for id in ids { put(client, Sent(kind: .queued), "RPUSH", key, id) }
        if random.chance(90) { put(client, Sent(kind: .exec, ids: ids), "EXEC") } else { put(client, Sent(kind: .discard, ids: ids), "DISCARD") }
    }

    private func deliver(_ client: Int) {
        let count = random.chance(40) ? outgoing[client].count : min(outgoing[client].count, random.number(1...60))
        proxy.received(outgoing[client][..<count], from: proxy.clients[client])
        outgoing[client].removeFirst(count)
    }

    private func handOver(_ link: ModelLink) {
        if proxy.isDisowned(link) { return }
        let count = random.chance(50) ? link.unsent.count : min(link.unsent.count, random.number(1...40))
        link.handedOver += link.unsent[..<count]
        link.unsent.removeFirst(count)
    }

    private func bringReplies(_ link: ModelLink, all: Bool) {
        let count = all || random.chance(60) ? link.replies.count : min(link.replies.count, random.number(1...8))
        let bytes = Array(link.replies[..<count])
        link.replies.removeFirst(count)
        if !bytes.isEmpty { proxy.received(bytes, on: link) }
    }

    private func replicate() {
        guard let master = servers.first(where: { $0.role == .master && $0 === proxy.master }) ?? servers.first(where: { $0.role == .master }) else { return }
        for server in servers where server.role == .replica { server.follow(master, count: random.number(0...5)) }
    }

    /// The server may have read what was on the way, and run it, before it learns that the connection is gone.
    private func abandon(_ link: ModelLink) {
        proxy.lose(link)
        if random.chance(50) { ghosts.append(link) } else { link.server.forget(link.id) }
    }

    private func serveGhost() {
        guard !ghosts.isEmpty else { return }
        let ghost = ghosts[random.number(0...(ghosts.count - 1))]
        if !ghost.serve() || random.chance(20) {
            ghost.server.forget(ghost.id)
            ghosts.removeAll { $0 === ghost }
        }
    }

    private func loseALink() {
        guard let link = anyLink() else { return }
        count("links lost")
        abandon(link)
    }

    private func killMaster() {
        guard let master = proxy.master, master.role == .master else { return }
        count("masters killed")
        master.role = .dead
        ghosts.removeAll { $0.server === master }
        for link in proxy.links { proxy.lose(link) }
    }

    private func demoteMaster() {
        guard let master = proxy.master, master.role == .master else { return }
        count("masters demoted")
        master.role = .replica
    }

    private func failOver() {
        let candidates = servers.filter { $0.role == .replica }
        guard let next = candidates.isEmpty ? nil : candidates[random.number(0...(candidates.count - 1))], next !== proxy.master || next.role != .master else { return }
        count("failovers")
        answerAll(next)
        next.role = .master
        let links = proxy.links
        proxy.fence()
        for link in links where random.chance(50) { ghosts.append(link) }
        for _ in 0..<random.number(0...3) { serveGhost() }
        if random.chance(30) { refuse() }
        // The old master learns of it late, or comes back as a replica.
        for server in servers where server !== next {
            if server.role == .dead { server.restart() }
            if random.chance(70) || server.role == .dead { server.role = .replica }
        }
        proxy.open(next)
    }

    /// A server that is promoted has long answered what it had been asked before.
    private func answerAll(_ server: ModelServer) {
        for link in proxy.links where link.server === server { while link.serve() {} }
    }

    private func refuse() {
        guard proxy.master == nil else { return }
        count("refusals")
        proxy.refuseHeld()
    }

    private func leave(_ client: Int) {
        guard !proxy.clients[client].isClosed else { return }
        count("clients left")
        for command in sent[client] { for id in command.ids where !submittedText[client].contains(id) { forbidden.insert(id) } }
        outgoing[client] = []
        proxy.leave(proxy.clients[client])
    }

    private func submitted(_ client: ModelProxy.Client, _ bytes: [UInt8]) {
        let index = Int(client.owner.slot)
        for word in String(decoding: bytes, as: UTF8.self).split(separator: "\r\n") where word.hasPrefix("c\(index)-") {
            submittedText[index].insert(String(word))
        }
    }

    /// A server has run a write.
    func executed(_ id: String, on server: ModelServer, link: Int, isInTransaction: Bool, wasWatching: Bool) {
        executionCount += 1
        executions[id, default: []].append(Execution(server: server.index, order: executionCount, isMasterInUse: server === proxy.master))
        if watchedIDs.contains(id), isInTransaction, !wasWatching { violations.append("\(id) ran behind a watch that was lost") }
        if forbidden.contains(id) { violations.append("\(id) ran for a client that had left") }
    }

    /// All comes to rest with one master.
    private func heal() {
        guard violations.isEmpty else { return }
        let next = servers.first { $0.role == .master && $0 === proxy.master } ?? servers.first { $0.role != .dead } ?? servers[0]
        answerAll(next)
        next.role = .master
        if next !== proxy.master { proxy.fence() }
        for server in servers where server !== next { server.role = .replica }
        ghosts = []
        proxy.open(next)
        for _ in 0..<400 {
            var isQuiet = true
            for client in 0..<Self.clientCount where !outgoing[client].isEmpty {
                proxy.received(outgoing[client][...], from: proxy.clients[client])
                outgoing[client] = []
                isQuiet = false
            }
            for link in proxy.links {
                isQuiet = isQuiet && link.unsent.isEmpty && link.handedOver.isEmpty && link.replies.isEmpty
                while link.serve() {}
                bringReplies(link, all: true)
                if link.isOpen, !proxy.isDisowned(link) {
                    link.handedOver += link.unsent
                    link.unsent = []
                }
            }
            if isQuiet { break }
            proxy.open(next)
        }
    }

    private func count(_ what: String) { counts[what, default: 0] += 1 }
}

// MARK: The judge

extension FailoverSimulation {
    private func judge() {
        guard violations.isEmpty else { return }
        for (id, all) in executions where all.count > 1 { violations.append("\(id) ran \(all.count) times") }
        for client in 0..<Self.clientCount { judge(client) }
    }

    private func judge(_ index: Int) {
        let client = proxy.clients[index]
        var replies = ReplyStream(bytesMax: 1 << 30)
        client.output.withUnsafeBytes { replies.append($0) }
        var answered = 0
        var acknowledged: [String] = []
        while answered < sent[index].count {
            let reply: ReplyValue?
            do { reply = try replies.next() } catch { return violations.append("client \(index): unreadable reply") }
            guard let reply else { break }
            judge(sent[index][answered], reply, index)
            if case .error = reply {} else { acknowledged += sent[index][answered].ids }
            answered += 1
        }
        if let extra = try? replies.next() { violations.append("client \(index): a reply to nothing: \(extra)") }
        if !client.isClosed, answered < sent[index].count { violations.append("client \(index): command \(answered) of \(sent[index].count) was never answered") }
        // What was told to be unknown may run on a server that the proxy has left, whenever that comes to it.
        let order = acknowledged.compactMap { executions[$0]?.first?.order }
        if order != order.sorted() { violations.append("client \(index): its writes ran in another order") }
    }

    private func judge(_ command: Sent, _ reply: ReplyValue, _ client: Int) {
        let runs = command.ids.map { executions[$0]?.count ?? 0 }
        func wrong(_ what: String) { violations.append("client \(client): \(command.kind) \(command.ids) answered \(reply), \(what); ran \(runs)") }
        var word = ""
        if case .error(let text) = reply { word = text.split(separator: " ").first.map(String.init) ?? "" }
        if !word.isEmpty { count(word) }
        if word == "READONLY" || word == "LOADING" { return wrong("which no client is to see") }
        switch command.kind {
        case .read:
            if word == "UNKNOWN" { wrong("though it only reads") }
        case .write:
            switch word {
            case "": if runs != [1] { wrong("so it must have run once") }
            case "NOMASTER": if runs != [0] { wrong("so it must not have run") }
            case "UNKNOWN": if runs[0] > 1 { wrong("and ran twice") }
            default: wrong("which is no answer to a write")
            }
        case .exec:
            if case .array = reply {
                if !runs.allSatisfy({ $0 == 1 }) { wrong("so all of it must have run once") }
            } else if reply == .null || word == "EXECABORT" {
                count(reply == .null ? "null EXEC" : "aborted")
                if !runs.allSatisfy({ $0 == 0 }) { wrong("so nothing of it may have run") }
            } else if word == "UNKNOWN" {
                if Set(runs).count > 1 { wrong("and ran in part") }
            } else {
                wrong("which is no answer to EXEC")
            }
        case .discard: if runs.contains(where: { $0 > 0 }) { wrong("so nothing of it may have run") }
        case .multi, .queued: if !word.isEmpty { wrong("though a transaction begins whatever comes") }
        case .watch, .unwatch: if !word.isEmpty, word != "NOMASTER" { wrong("which is no answer to it") }
        }
    }
}
