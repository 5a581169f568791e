import Access
import Bytes
import EventLoop
import Gateway
import HTTP1

/// One connection to the admin port, one request after another: pages are read with GET and HEAD, and what changes anything is
/// asked for with PUT, which no web page of another origin can send unasked, or with POST and the token. Who begins with an
/// array of RESP, as redis-cli does, is at the console: ``AdminConsole``.
final class AdminConnection: StreamSocketDelegate {
    private static let idleMilliseconds = 30_000
    /// How long a request may take from its first byte; more bytes do not prolong it.
    private static let requestMilliseconds = 10_000
    private static let unsentBytesMax = 1 << 20

    private let endpoint: AdminEndpoint
    private let loop: EventLoop
    private let mayCommand: Bool
    private let token: Secret?
    private var console: AdminConsole?
    private var socket: StreamSocket?
    /// The socket once nothing more is read, until it is closed: what is owed is still being sent.
    private var closing: StreamSocket?
    private var input = ByteBuffer()
    private var parser = RequestHeadParser(limits: AdminConnection.limits)
    private var isAnswering = false
    private var tellsChanges = false
    private var deadline: LoopTimer?
    private var isRequestBegun = false
    /// When it last had nothing to do, in turns of the endpoint's counting.
    private(set) var idleSince = 0

    /// What becomes of a connection where others need its place.
    var standing: Standing { tellsChanges ? .streaming : isAnswering ? .answering : .waiting }
    enum Standing {
        /// For its next request, or for the rest of one.
        case waiting
        /// Its answer is being made.
        case answering
        /// It is told of changes, for ever.
        case streaming
    }

    private static var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.headBytesMax = 16 << 10
        limits.bodyBytesMax = 0
        return limits
    }

    /// - Parameters:
    ///   - mayCommand: whether the client may change anything, on account of its address.
    ///   - token: what others may do so by; nil for nothing.
    init(_ endpoint: AdminEndpoint, _ loop: EventLoop, _ accepted: AcceptedSocket, mayCommand: Bool, token: Secret?) {
        self.mayCommand = mayCommand
        self.token = token
        self.endpoint = endpoint
        self.loop = loop
        socket = accepted.socket(on: loop, delegate: self)
        becameIdle()
    }

    /// Nothing is asked at the moment.
    private func becameIdle() {
        isRequestBegun = false
        idleSince = endpoint.nextTurn()
        deadline = LoopTimer(loop, milliseconds: Self.idleMilliseconds) { [unowned self] in leave() }
    }

    private func requestBegan() {
        guard !isRequestBegun, !isAnswering, !tellsChanges else { return }
        isRequestBegun = true
        deadline = LoopTimer(loop, milliseconds: Self.requestMilliseconds) { [unowned self] in leave() }
    }

    var isOpen: Bool { socket != nil }

    /// Makes room for another.
    func giveUpPlace() { leave() }

    func streamOpened(_ socket: StreamSocket) {}
    func streamDrained(_ socket: StreamSocket) {}

    func stream(_ socket: StreamSocket, received bytes: UnsafeRawBufferPointer) {
        requestBegan()
        input.append(bytes)
        readRequest()
        // Whoever sends on without reading is not listened to.
        if input.count > Self.limits.headBytesMax || socket.unsentBytes > Self.unsentBytesMax { leave() }
    }

    func streamReachedEnd(_ socket: StreamSocket) { if !isAnswering || tellsChanges { leave() } }

    func streamClosed(_ socket: StreamSocket, reason: StreamCloseReason) {
        leave()
        closing = nil
        endpoint.remove(self)
    }

    private func readRequest() {
        guard !isAnswering, !input.isEmpty else { return }
        if console == nil, input.readable[0] == UInt8(ascii: "*") { console = AdminConsole(mayCommand: mayCommand, token: token) }
        if console != nil { return readConsole() }
        var target = ""
        var mayAsk = false
        var isNamed = false
        var isOfForeignPage = false
        let progress = input.withSpan { bytes in
            let progress = parser.parse(bytes)
            if case .complete(let head, _) = progress {
                target = bytes.extracting(head.target).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
                mayAsk = mayChange(head, in: bytes)
                isNamed = isAskedByOwnName(head, in: bytes)
                isOfForeignPage = Self.ownPages.refuse(head, in: bytes)
            }
            return progress
        }
        switch progress {
        case .incomplete: return
        case .malformed(let problem):
            send(AdminPage(status: problem.status, text: "\(problem)\n"), keepAlive: false, isHead: false)
        case .complete(let head, let headBytes):
            parser = RequestHeadParser(limits: Self.limits)
            input.consume(headBytes)
            let isCommand = head.method == .put || head.method == .post
            guard isCommand || head.method == .get || head.method == .head, (head.contentLength ?? 0) == 0, !head.isChunked else {
                return send(AdminPage(status: 405, text: "pages here are read with GET, commands given with PUT, or with POST and the token, without a body\n"), keepAlive: false, isHead: false)
            }
            isAnswering = true
            let path = String(target.prefix { $0 != "?" })
            let query = String(target.drop { $0 != "?" }.dropFirst())
            let answer = { [weak self] (page: AdminPage) in
                guard let self else { return }
                isAnswering = false
                becameIdle()
                send(page, keepAlive: head.keepAlive, isHead: head.method == .head)
                if !input.isEmpty { requestBegan() }
                readRequest()
            }
            guard isCommand || isNamed else {
                return answer(AdminPage(status: 421, text: "this name is not known here: ask by address, by a name of the cluster, or by one in admin.hosts\n"))
            }
            if path == "/events", head.method == .get { return beginEvents() }
            guard isCommand else { return endpoint.page(path, query: query, answer) }
            guard !isOfForeignPage else { return answer(AdminPage(status: 403, text: "commands are not taken from pages of another origin\n")) }
            guard mayAsk else {
                return answer(AdminPage(status: 403, text: "commands are taken by PUT from admin.commands_allow, and by PUT and POST with Authorization: Bearer and admin.token\n"))
            }
            // What a command waits for is bounded by itself.
            deadline = nil
            endpoint.command(path, query: query, answer)
        }
    }

    /// No page has anything to ask for but those of this port.
    private static let ownPages = OriginRules([])

    /// Whether a request may change anything: it shows the token, or is one that no page of another origin can have sent, not
    /// even one whose name was made to lead here (DNS rebinding): a PUT to an address, from where commands are taken.
    private func mayChange(_ head: RequestHead, in bytes: Span<UInt8>) -> Bool {
        if token != nil, head.authorization != nil { return showsToken(head, in: bytes) }
        guard mayCommand, head.method == .put, let host = head.host else { return false }
        let text = bytes.extracting(host).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        guard let endpoint = Endpoint(text, defaultPort: 80) else { return false }
        return endpoint.address != nil || endpoint.host == "localhost"
    }

    private func showsToken(_ head: RequestHead, in bytes: Span<UInt8>) -> Bool {
        guard let token, let value = head.authorization else { return false }
        let text = bytes.extracting(value)
        return text.count > 7 && ASCII.beginsIgnoringCase(text, with: "Bearer ") && token.matches(text.extracting(7..<text.count))
    }

    /// Whether the request is for this port by a name that no stranger can give: a page of his could have its own name lead here,
    /// and read what it likes (DNS rebinding).
    private func isAskedByOwnName(_ head: RequestHead, in bytes: Span<UInt8>) -> Bool {
        guard let host = head.host, !showsToken(head, in: bytes) else { return true }
        let text = bytes.extracting(host).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        return AdminHosts.allows(text, configured: endpoint.control.settings.admin.hosts)
    }

    private func readConsole() {
        guard let console, !isAnswering else { return }
        switch input.withSpan({ console.next($0) }) {
        case .incomplete: return
        case .malformed(let reply):
            socket?.send(reply)
            leave()
        case .request(let arguments, let byteCount):
            input.consume(byteCount)
            isAnswering = true
            deadline = nil
            console.answer(arguments, endpoint) { [weak self] reply in
                guard let self else { return }
                isAnswering = false
                becameIdle()
                socket?.send(reply.bytes)
                if reply.isLast { return leave() }
                readConsole()
            }
        }
    }

    /// From here on the browser is told when something changes (https://html.spec.whatwg.org/multipage/server-sent-events.html).
    private func beginEvents() {
        deadline = nil
        tellsChanges = true
        idleSince = endpoint.nextTurn()
        endpoint.streamBegan()
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nCross-Origin-Resource-Policy: same-origin\r\nConnection: close\r\n\r\nretry: 2000\n\n"
        socket?.send(Array(head.utf8))
    }

    /// Something that the status page shows has changed.
    func tellChange() {
        guard tellsChanges, let socket else { return }
        // Who does not read needs no more news.
        if socket.unsentBytes > Self.unsentBytesMax { return leave() }
        socket.send(Array("data: changed\n\n".utf8))
    }

    private func send(_ page: AdminPage, keepAlive: Bool, isHead: Bool) {
        var output: [UInt8] = []
        // What sentinels say is shown, and may be meant for a terminal.
        let body = VisibleText.escaped(Array(page.text.utf8), keepingLines: true)
        ResponseHead.appendStatusLine(page.status, minorVersion: 1, to: &output)
        output.append(utf8: "Content-Type: \(page.contentType)\r\nCache-Control: no-store\r\n")
        if let policy = page.policy { output.append(utf8: "Content-Security-Policy: \(policy)\r\n") }
        output.append(utf8: "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Resource-Policy: same-origin\r\n")
        if page.status == 503 { output.append("Retry-After: 1\r\n") }
        output.append(utf8: "Connection: \(keepAlive ? "keep-alive" : "close")\r\nContent-Length: \(body.count)\r\n\r\n")
        if !isHead { output += body }
        socket?.send(output)
        if !keepAlive { leave() }
    }

    private func leave() {
        deadline = nil
        guard let socket else { return }
        self.socket = nil
        closing = socket
        socket.finish()
    }
}
