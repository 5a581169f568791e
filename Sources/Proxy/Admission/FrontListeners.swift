import Bytes
import EventLoop
import Logging
import Settings

/// A bound socket of a front.
struct FrontListener: Sendable {
    let socket: ListeningSocket
    let front: Front
    let masterIndex: Int
    /// Whether clients have to speak TLS there.
    let isSecure: Bool
    /// Whether a header of the PROXY protocol comes first.
    let expectsProxyHeader: Bool
}

/// Binds the addresses of both fronts, so that one that cannot be had is an error of the start.
struct FrontListeners {
    private(set) var all: [FrontListener] = []
    private let masterNames: [String]
    private let log: Logger
    private let expectsProxyHeader: [Front: Bool]

    /// - Parameter inherited: what is listened at already.
    /// - Throws: ``IOError`` naming the address that could not be had.
    init(_ settings: Settings, masterNames: [String], _ inherited: inout InheritedSockets, _ log: Logger) throws(IOError) {
        self.masterNames = masterNames
        self.log = log
        let listen = settings.listen
        let http = settings.http
        expectsProxyHeader = [.resp: listen.expectsProxyHeader, .http: http.expectsProxyHeader]
        try bind(.resp, listen.effectiveAddresses, listen.unixMode, isSecure: false, &inherited)
        try bind(.resp, listen.effectiveTLSAddresses, 0, isSecure: true, &inherited)
        try bind(.http, http.effectiveAddresses, http.unixMode, isSecure: false, &inherited)
        try bind(.http, http.effectiveTLSAddresses, 0, isSecure: true, &inherited)
    }

    private mutating func bind(
        _ front: Front, _ addresses: [ListenAddress], _ unixMode: Int, isSecure: Bool, _ inherited: inout InheritedSockets
    ) throws(IOError) {
        for listen in addresses {
            let masterIndex = listen.masterName.flatMap { masterNames.firstIndex(of: $0) } ?? 0
            for address in Self.bindings(listen.endpoint) {
                do throws(IOError) {
                    let handedOver = ListeningSocket(inherited: &inherited, at: address)
                    let socket = if let handedOver { handedOver } else { try ListeningSocket(on: address, unixMode: unixMode) }
                    all.append(
                        FrontListener(
                            socket: socket, front: front, masterIndex: masterIndex, isSecure: isSecure, expectsProxyHeader: expectsProxyHeader[front] ?? false))
                    log.notice(
                        "listening",
                        metadata: [
                            "front": "\(front.name)", "address": "\(socket.address)", "master": "\(masterNames[masterIndex])",
                            "tls": "\(isSecure)", "inherited": "\(handedOver != nil)",
                        ])
                } catch {
                    // A machine without IPv6 is no reason not to serve IPv4.
                    guard address.ip?.family == .v6, Self.isOptional(listen.endpoint, address) else { throw error }
                    log.info("no IPv6 listener", metadata: ["front": "\(front.name)", "error": "\(error)"])
                }
            }
        }
    }

    /// The socket addresses that an endpoint to listen at stands for: of an empty host, every interface of both families.
    static func bindings(_ endpoint: Endpoint) -> [SocketAddress] {
        if let path = endpoint.unixPath { return SocketAddress(unixPath: path).map { [$0] } ?? [] }
        if let ip = endpoint.address { return [SocketAddress(ip, port: endpoint.port)] }
        return ["0.0.0.0", "::"].compactMap { IPAddress($0) }.map { SocketAddress($0, port: endpoint.port) }
    }

    private static func isOptional(_ endpoint: Endpoint, _ address: SocketAddress) -> Bool {
        endpoint.host.isEmpty || address.ip?.isLoopback == true
    }
}
