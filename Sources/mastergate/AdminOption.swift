import ArgumentParser
import Bytes
import EventLoop
import LocalCluster

/// Where a running Mastergate is asked.
struct AdminOption: ParsableArguments {
    @Option(help: ArgumentHelp("The admin port of the running Mastergate", valueName: "host:port")) var admin = "127.0.0.1:9379"

    /// Sends one request to the first address of the admin port where somebody answers.
    ///
    /// - Throws: what nobody's answering says, as ``IOError``; ``ValidationError`` for an address that is none.
    func request(_ method: String, _ target: String, timeoutMilliseconds: Int) throws -> HTTPClient.Response {
        guard let endpoint = Endpoint(admin, defaultPort: 9379) else { throw ValidationError("--admin \(admin): not host:port") }
        var problem = IOError("connect to \(admin)", detail: "no address")
        for address in try Resolver.addresses(of: endpoint.host, port: endpoint.port).get() {
            do throws(any Error) {
                return try HTTPClient(address, timeoutMilliseconds: timeoutMilliseconds).request(method, target)
            } catch let error as IOError {
                problem = error
            }
        }
        throw problem
    }

    /// Ends the command `name` with an error that says what to look at.
    func fail(_ name: String, _ error: IOError) throws -> Never {
        StandardStreams.writeError("\(name): \(error); is Mastergate running, with its admin port at \(admin)?\n")
        throw ExitCode.failure
    }
}
