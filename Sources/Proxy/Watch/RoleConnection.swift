import Bytes
import EventLoop
import Forwarding
import RESP
import Sentinel

/// A control connection to one Redis server that asks for its ROLE, once or again and again, and whether it can be used: a
/// server that loads its data says that it is a master, and runs nothing. That is asked of each connection, and when the role
/// changes: a server does not load on a connection on which it has run commands in the same role.
///
/// The name is resolved anew for each connection, since a pod that comes back has another address.
final class RoleConnection: StreamSocketDelegate {
    /// What came of one question.
    enum Answer {
        case role(ServerRole, from: SocketAddress)
        case failed(String)
    }

    let endpoint: Endpoint
    private let control: ControlPlane
    private var answered: ((Answer) -> Void)?
    private var socket: StreamSocket?
    private var address: SocketAddress?
    private var replies = ReplyStream(bytesMax: 1 << 20)
    private var awaited: [Awaited] = []
    private var deadline: LoopTimer?
    private var isOpen = false
    private var isResolving = false
    private var wantsQuestion = false

    private var wasRefused = false

    private enum Awaited { case authentication, role, information, greeting, use }
    /// What ROLE said, while the rest is awaited.
    private var role = ServerRole.refused("no answer")
    /// The role in which the server has run a command on this connection, in words.
    private var usableAs: String?

    /// - Parameter answered: called for every question, on the control loop.
    init(_ control: ControlPlane, _ endpoint: Endpoint, answered: @escaping (Answer) -> Void) {
        self.control = control
        self.endpoint = endpoint
        self.answered = answered
    }

    /// Asks; connects first where need be. A question under way is not doubled.
    func ask() {
        guard deadline == nil else { return }
        deadline = LoopTimer(control.loop, milliseconds: control.settings.redis.probeTimeoutMilliseconds) { [weak self] in
            // A sleep noticed by this very timer may have let the connection go.
            self?.fail("no answer in time")
        }
        wantsQuestion = true
        if isOpen { sendQuestion() } else if socket == nil, !isResolving { connect() }
    }

    /// Connects anew for the next question, with the name resolved again.
    func restart() {
        deadline = nil
        isOpen = false
        isResolving = false
        let gone = socket
        socket = nil
        gone?.close()
    }

    /// Closes; nothing is called any more.
    func close() {
        answered = nil
        deadline = nil
        socket?.close()
        socket = nil
    }

    private func connect() {
        isResolving = true
        control.lookups.resolve(endpoint, isUrgent: true) { [weak self] result in
            // Of lookups that were given up for a newer one, the first to end serves, and one only.
            guard let self, answered != nil, isResolving else { return }
            isResolving = false
            switch result {
            case .failure(let error): fail(error.description)
            case .success(let addresses):
                guard let first = addresses.first else { return fail("no address") }
                connect(to: first)
            }
        }
    }

    private func connect(to address: SocketAddress) {
        self.address = address
        replies = ReplyStream(bytesMax: 1 << 20)
        awaited = []
        usableAs = nil
        socket = StreamSocket(control.loop, to: address, options: control.redisConnectOptions(serverName: endpoint.host), delegate: self)
    }

    func streamOpened(_ socket: StreamSocket) {
        isOpen = true
        if let address = socket.localAddress { control.watchSpeaks(from: "\(address)") }
        if let password = control.redisPassword {
            var output: [UInt8] = []
            let name = Array("AUTH".utf8)
            CommandWriter.append(control.redisUser.map { [name, $0, password] } ?? [name, password], to: &output)
            awaited.append(.authentication)
            socket.send(output)
        }
        if wantsQuestion { sendQuestion() }
    }

    private func sendQuestion() {
        wantsQuestion = false
        role = .refused("no answer")
        awaited.append(.role)
        guard usableAs == nil else { return send("ROLE") }
        awaited.append(.use)
        socket?.send(CommandWriter.encode("ROLE") + CommandWriter.encode("PING"))
    }

    private func send(_ command: String) { socket?.send(CommandWriter.encode(command)) }

    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
        replies.append(bytes)
        do {
            while let reply = try replies.next() {
                guard !awaited.isEmpty else { continue }
                take(awaited.removeFirst(), reply)
                if self.socket == nil { return }
            }
        } catch {
            fail("unreadable reply")
        }
    }

    private func take(_ question: Awaited, _ reply: ReplyValue) {
        switch question {
        case .authentication:
            guard case .error(let text) = reply else { return }
            if NeedlessPassword.isMeant(by: text) {
                if !wasRefused { control.log.warning("Redis has no password: redis.password is not needed", metadata: ["redis": "\(endpoint)"]) }
                wasRefused = true
                return
            }
            guard control.servesDespiteRefusedPassword else { return fail(ErrorText.withoutArguments(text)) }
            if !wasRefused { control.log.error("Redis refuses the password", metadata: ["redis": "\(endpoint)", "error": "\(ErrorText.withoutArguments(text))"]) }
            wasRefused = true
        case .role:
            role = ServerRole(reply)
            guard Self.isWithheld(reply) else { return roleTold() }
            // Both may be renamed, or not be granted; each tells the role too.
            awaited += [.information, .greeting]
            socket?.send(CommandWriter.encode("INFO", "replication") + CommandWriter.encode("HELLO", "2"))
        case .use:
            if case .error(let text) = reply, Self.isUnusable(text) { role = .refused(text) } else { usableAs = role.description }
            if !awaited.contains(.greeting) { answer(role) }
        case .information:
            // What PING has said of it stands.
            if !isUnusable, !Self.isWithheld(reply) { role = ServerRole(reply) }
        case .greeting:
            if !isUnusable, case .refused = role, let said = ServerRole(greeting: reply) { role = said }
            answer(role)
        }
    }

    /// ROLE has been answered. Whether the server can be used is asked where that is not known, or not yet.
    private func roleTold() {
        guard !awaited.contains(.use) else { return }
        if role.description == usableAs { return answer(role) }
        awaited.append(.use)
        send("PING")
    }

    /// Whether the server says that it runs nothing now.
    private var isUnusable: Bool { if case .refused(let text) = role { Self.isUnusable(text) } else { false } }
    static func isUnusable(_ text: String) -> Bool { text.hasPrefix("LOADING") || text.hasPrefix("MASTERDOWN") }

    /// Whether the command is not to be had, so that another has to be asked.
    private static func isWithheld(_ reply: ReplyValue) -> Bool {
        if case .error(let text) = reply { text.hasPrefix("NOPERM") || text.hasPrefix("ERR unknown command") } else { false }
    }

    private func answer(_ role: ServerRole) {
        deadline = nil
        guard let address else { return }
        answered?(.role(role, from: address))
    }

    private func fail(_ text: String) {
        restart()
        answered?(.failed(text))
    }

    func streamReachedEnd(_ socket: StreamSocket) { if socket === self.socket { fail("closed by the server") } }
    func streamDrained(_ socket: StreamSocket) {}
    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) {
        if socket === self.socket { fail(reason.description) }
    }
}
