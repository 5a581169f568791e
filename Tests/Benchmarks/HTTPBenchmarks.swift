import Bytes
import Gateway
import HTTP1

/// Reading an HTTP request and finding the command in it.
enum HTTPBenchmarks {
    private static let curl = "GET /GET/hello HTTP/1.1\r\nHost: 127.0.0.1:7379\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n"
    private static let wrk = "GET /GET/hello HTTP/1.1\r\nHost: 127.0.0.1:7379\r\n\r\n"

    static var all: [Benchmark] {
        [
            parse("head/of curl", curl),
            parse("head/of wrk", wrk),
            route("route/GET of a key", "/GET/hello"),
            route("route/SET with an escaped value as text", "/7/SET/key/a%20value%2Fwith%20slashes.txt"),
            route("route/MGET of 20", "/MGET" + (0..<20).map { "/key:\($0)" }.joined()),
        ]
    }

    private static func parse(_ name: String, _ request: String) -> Benchmark {
        let input = Input(request)
        return Benchmark(name) { stopwatch in
            stopwatch.measure {
                var parser = RequestHeadParser()
                guard case .complete(let head, let count) = parser.parse(input.hidden.span) else {
                    preconditionFailure("Cannot parse \(name)")
                }
                keep(count &+ head.target.count)
            }
        }
    }

    private static func route(_ name: String, _ target: String) -> Benchmark {
        let request = Array("GET \(target) HTTP/1.1\r\nHost: gateway\r\n\r\n".utf8)
        var parser = RequestHeadParser()
        guard case .complete(let head, _) = parser.parse(request.span) else { preconditionFailure("Cannot parse \(name)") }
        let input = Input(request)
        return Benchmark(name) { stopwatch in
            let router = GatewayRouter(GatewayRules(), peer: nil)
            var command = GatewayCommand()
            stopwatch.measure {
                guard case .run = router.plan(head, in: input.hidden.span, body: Span(), into: &command) else {
                    preconditionFailure("Cannot route \(name)")
                }
                keep(command.arguments.count)
            }
        }
    }
}
