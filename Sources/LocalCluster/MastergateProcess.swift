import EventLoop
import Glibc

/// A Mastergate as a process of its own, on ports of 127.0.0.1; for the demo and for tests.
package final class MastergateProcess {
    package let respPort: UInt16
    package let httpPort: UInt16
    package let adminPort: UInt16
    package let logPath: String
    package let process: ChildProcess

    /// Starts `executable run` with `arguments` and the three ports; its log goes to `folder`.
    ///
    /// - Parameter preferringUsualPorts: take 6379, 7379 and 9379 where they are free.
    /// - Parameter launcher: words before the program's own, for one that sets its surroundings up.
    /// - Throws: ``IOError`` when the program cannot be started.
    package init(
        executable: String, _ arguments: [String], in folder: TemporaryFolder, preferringUsualPorts: Bool = false,
        launcher: [String] = []
    ) throws {
        respPort = try Self.port(preferringUsualPorts ? 6379 : nil)
        httpPort = try Self.port(preferringUsualPorts ? 7379 : nil)
        adminPort = try Self.port(preferringUsualPorts ? 9379 : nil)
        logPath = "\(folder.path)/mastergate-\(respPort).log"
        let ports = [
            "--listen", "127.0.0.1:\(respPort)", "--http", "127.0.0.1:\(httpPort)", "--admin", "127.0.0.1:\(adminPort)",
        ]
        process = try ChildProcess(launcher + [executable, "run"] + ports + arguments, output: .file(logPath))
        folder.entrust(process)
    }

    deinit { process.kill9() }

    private static func port(_ preferred: UInt16?) throws -> UInt16 {
        guard let preferred, let loopback = Resolver.loopbackV4 else { return try FreePort.next() }
        let isFree = try? Listener(EventLoop(), on: SocketAddress(loopback, port: preferred)) { $0.refuse(with: []) }
        return isFree != nil ? preferred : try FreePort.next()
    }

    /// Waits until `/readyz` says so.
    ///
    /// - Throws: ``IOError`` when it does not in time, or the process has ended.
    package func awaitReady(seconds: Int = 20) throws {
        try Patience.wait("Mastergate to be ready", seconds: seconds) {
            guard process.isRunning else { return true }
            return try admin("/readyz").status == 200
        }
        guard process.isRunning else { throw IOError("mastergate", detail: "ended at once; its log: \(logPath)") }
    }

    /// A Redis client connected to it.
    package func resp(timeoutMilliseconds: Int = 10_000) throws -> RESPClient {
        try RESPClient(port: respPort, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// An HTTP client connected to its gateway.
    package func http(timeoutMilliseconds: Int = 10_000) throws -> HTTPClient {
        try HTTPClient(port: httpPort, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// A page of its admin port.
    package func admin(_ path: String) throws -> HTTPClient.Response { try HTTPClient(port: adminPort).get(path) }

    /// Lets it end by SIGTERM; kills it when that takes too long.
    package func stop() {
        process.signal(SIGTERM)
        if !process.wait(milliseconds: 3000) { process.kill9() }
    }
}
