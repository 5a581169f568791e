import Access
import Bytes
import EventLoop
import Gateway
import HTTP1
import Observability
import Sentinel
import Settings

/// The admin port: health, metrics and the state of the watch, read by GET.
final class AdminEndpoint {
    /// Connections of this port at a time; its users are probes and scrapers.
    static let connectionsMax = 64
    /// How many of them may be told of changes without end.
    private static let streamsMax = 16

    let control: ControlPlane
    private let admissions: AdmissionCounts
    /// Where it listens; nothing once another process does.
    private(set) var sockets: [ListeningSocket] = []
    private var listeners: [Listener] = []
    private var connections: [ObjectIdentifier: AdminConnection] = [:]

    /// - Parameter inherited: what is listened at already.
    /// - Throws: ``IOError`` when the address cannot be had.
    init(_ control: ControlPlane, _ admissions: AdmissionCounts, _ settings: Settings.Admin, _ inherited: inout InheritedSockets) throws(IOError) {
        self.control = control
        self.admissions = admissions
        for address in settings.effectiveAddresses.flatMap({ FrontListeners.bindings($0.endpoint) }) {
            do throws(IOError) {
                let handedOver = ListeningSocket(inherited: &inherited, at: address)
                let socket = if let handedOver { handedOver } else { try ListeningSocket(on: address) }
                let listener = Listener(control.loop, socket) { [unowned self] accepted in
                    guard let ip = accepted.peer.ip, control.settings.admin.allowlist.contains(ip), hasRoom() else {
                        return accepted.refuse(with: [])
                    }
                    let connection = AdminConnection(self, control.loop, accepted, mayCommand: control.settings.admin.commandsAllowlist.contains(ip),
                        token: control.settings.admin.token)
                    connections[ObjectIdentifier(connection)] = connection
                }
                sockets.append(socket)
                listeners.append(listener)
                control.log.notice("listening", metadata: ["front": "admin", "address": "\(listener.address)"])
            } catch {
                guard address.ip?.family == .v6 else { throw error }
            }
        }
        // Where nobody can look, nothing is gathered.
        if !listeners.isEmpty { control.gatherHistory { [weak self] in self?.statusChanged() } }
    }

    /// Takes nobody in any more; who is connected is still answered.
    func stopListening() {
        listeners = []
        sockets = []
    }

    /// Tells browsers that what they show has changed.
    private func statusChanged() {
        for connection in connections.values { connection.tellChange() }
    }

    private var turn = 0

    /// Counts what connections do, so that the oldest can be told.
    func nextTurn() -> Int {
        turn += 1
        return turn
    }

    /// Whether one more can be taken in: a probe is answered whatever else is open, so who waits the longest leaves.
    private func hasRoom() -> Bool {
        guard connections.count >= Self.connectionsMax else { return true }
        noteFull()
        guard let oldest = oldest(.waiting) ?? oldest(.streaming) else { return false }
        oldest.giveUpPlace()
        return true
    }

    /// A connection is told of changes from now on; beyond their share the oldest leaves, which a browser's comes back from.
    func streamBegan() {
        guard connections.values.count(where: { $0.standing == .streaming }) > Self.streamsMax else { return }
        noteFull()
        oldest(.streaming)?.giveUpPlace()
    }

    private func oldest(_ standing: AdminConnection.Standing) -> AdminConnection? {
        connections.values.filter { $0.standing == standing && $0.isOpen }.min { $0.idleSince < $1.idleSince }
    }

    private var fullPace = LinePace(linesMax: 1, milliseconds: 10_000)

    private func noteFull() {
        let now = control.loop.nowMilliseconds
        let closed = fullPace.suppressedToTell(now: now) ?? 0
        if fullPace.takes(now: now) { control.log.warning("the admin port is full: the longest idle connection is closed", metadata: ["closed_before": "\(closed)"]) }
    }

    func remove(_ connection: AdminConnection) { connections[ObjectIdentifier(connection)] = nil }

    /// The page at `path`; handed to `done` on the control loop, at once or when the loops have told their figures.
    func page(_ path: String, query: String, _ done: @escaping (AdminPage) -> Void) {
        switch path {
        case "/livez": done(AdminPage(status: 200, text: "ok\n"))
        case "/readyz", "/healthz":
            let problem = Readiness.problem(control)
            let text = problem ?? Readiness.degradation(control).map { "ready, but degraded: \($0)" } ?? "ready"
            done(AdminPage(status: problem == nil ? 200 : 503, text: text + "\n"))
        case "/status" where query == "format=text":
            done(AdminPage(status: 200, text: StatusText.text(control)))
        case "/status":
            done(AdminPage(status: 200, contentType: "application/json", text: StatusPage.json(control)))
        case "/metrics":
            control.collectCounters(includingBuffers: true) { [self] counters, links in
                let text = MetricsPage.text(control, admissions, counters, links: links)
                done(AdminPage(status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", text: text))
            }
        case "/openapi.json":
            done(AdminPage(status: 200, contentType: "application/json", text: OpenAPIDocument.text.description))
        case "/":
            control.collectCounters { [self] counters, links in
                let facts = StatusFacts(control, counters, links: links)
                switch query {
                case "format=json": done(AdminPage(status: 200, contentType: "application/json", text: StatusPage.json(control, facts)))
                case "part=body": done(AdminPage(status: 200, contentType: "text/html; charset=utf-8", text: StatusDocument.body(facts)))
                default:
                    let nonce = String(control.random(), radix: 36) + String(control.random(), radix: 36)
                    var page = AdminPage(status: 200, contentType: "text/html; charset=utf-8", text: StatusDocument.html(facts, nonce: nonce))
                    page.policy = "default-src 'none'; style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                    done(page)
                }
            }
        case "/failover", "/pause", "/resume", "/reload", "/drain", "/upgrade", "/log_level": done(AdminPage(status: 405, text: "this is a command: give it with PUT\n"))
        default: done(AdminPage(status: 404, text: "no such page; here are / /livez /readyz /healthz /status /metrics /openapi.json\n"))
        }
    }

    /// Carries a command out; `done` is called on the control loop when that is over.
    ///
    /// - Parameter query: `master=NAME`, which may be left out where one master is served.
    func command(_ path: String, query: String, _ done: @escaping (AdminPage) -> Void) {
        if path == "/drain" {
            done(AdminPage(status: 200, text: "draining\n"))
            return control.beginDrain()
        }
        if path == "/upgrade" {
            return control.beginUpgrade { outcome in
                switch outcome {
                case .serves(let id): done(AdminPage(status: 200, text: "process \(id) serves; this one stays until its clients have left\n"))
                case .failed(let reason): done(AdminPage(status: 409, text: "\(reason); this process goes on\n"))
                }
            }
        }
        if path == "/log_level" {
            let name = query.hasPrefix("level=") ? String(query.dropFirst(6)) : ""
            guard control.configuration.setLogLevel(name) else {
                return done(AdminPage(status: 400, text: "level= is one of trace, debug, info, notice, warning, error\n"))
            }
            return done(AdminPage(status: 200, text: "\(name), until the configuration is read again\n"))
        }
        if path == "/reload" {
            let problem = control.reload()
            return done(AdminPage(status: problem == nil ? 200 : 409, text: (problem ?? "reloaded") + "\n"))
        }
        let given = query.split(separator: "&").last { $0.hasPrefix("master=") }
        let name = given.map { text in
            var decoded: [UInt8] = []
            PercentDecoding.append(Array(text.dropFirst(7).utf8).span, plusIsSpace: false, to: &decoded)
            return String(decoding: decoded, as: UTF8.self)
        }
        guard let index = name.map({ control.masterNames.firstIndex(of: $0) }) ?? (control.masterNames.count == 1 ? 0 : nil) else {
            let names = control.masterNames.joined(separator: ", ")
            return done(AdminPage(status: 404, text: (name == nil ? "which master? " : "no such master; ") + "served are: \(names)\n"))
        }
        let master = control.masterNames[index]
        switch path {
        case "/failover":
            control.planFailover(ofMaster: index) { outcome in
                switch outcome {
                case .switched(let old, let new, let milliseconds):
                    done(AdminPage(status: 200, text: "\(master): \(old.endpoint) -> \(new.endpoint) in \(milliseconds) ms\n"))
                case .failed(let reason): done(AdminPage(status: 409, text: "\(master): \(reason)\n"))
                }
            }
        case "/pause":
            control.pause(master: index) { inFlight in
                let rest = inFlight == 0 ? "nothing is in flight" : "still in flight: \(inFlight)"
                done(AdminPage(status: 200, text: "\(master): paused; \(rest)\n"))
            }
        case "/resume":
            control.resume(master: index)
            done(AdminPage(status: 200, text: "\(master): resumed\n"))
        default: done(AdminPage(status: 404, text: "no such command; there are /failover /pause /resume /reload /drain /upgrade /log_level\n"))
        }
    }
}

/// An answer of the admin port.
struct AdminPage {
    var status: Int
    var contentType = "text/plain; charset=utf-8"
    var text: String
    /// The Content-Security-Policy of a page for browsers.
    var policy: String?
}

/// Whether the process can do its work, and if not, why.
enum Readiness {
    /// Nil when every master is known, open to the fronts and answering.
    static func problem(_ control: ControlPlane) -> String? {
        if control.isDraining { return "draining" }
        for (index, (topology, isAnswering)) in zip(control.topologies, control.mastersAnswering).enumerated() {
            if case .unavailable(let reason) = topology.availability { return "\(topology.masterName): \(reason)" }
            if !control.directory.isOpen(index), control.directory.holds(index) != [.pause] { return "\(topology.masterName): the master is being changed" }
            if !isAnswering { return "\(topology.masterName): the master does not answer" }
            if control.areLinksRefused(index) { return "\(topology.masterName): Redis refuses the links of clients: see redis.user and redis.password" }
        }
        return nil
    }

    /// What is not as it should be although requests are served; nil when all is well.
    static func degradation(_ control: ControlPlane) -> String? {
        if let paused = control.topologies.first(where: \.isPaused) { return "\(paused.masterName): paused" }
        guard control.hasSentinels else { return nil }
        return control.topologies.first { !$0.hasQuorum }.map { "\($0.masterName): no majority of sentinels answers" }
    }
}
