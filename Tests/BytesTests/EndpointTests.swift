import Bytes
import Testing

@Suite struct EndpointTests {
    @Test(arguments: [
        ("redis.example:6379", "redis.example", 6379), ("10.0.0.1:1", "10.0.0.1", 1), ("[::1]:65535", "::1", 65535),
        (":6379", "", 6379), ("redis", "redis", 26379), ("[fe80::1%eth0]:7", "fe80::1%eth0", 7), ("[::1]", "::1", 26379),
        ("2001:db8::1", "2001:db8::1", 26379), ("::1:6379", "::1:6379", 26379), ("my_host-1.svc:080", "my_host-1.svc", 80),
    ])
    func reads(text: String, host: String, port: UInt16) throws {
        let endpoint = try #require(Endpoint(text, defaultPort: 26379))
        #expect(endpoint == Endpoint(host: host, port: port))
        #expect(Endpoint(endpoint.description, defaultPort: nil) == endpoint)
    }

    @Test(arguments: [
        "", "host:", "host:0", "host:65536", "host:999999", "host:-1", "host:+1", "host:1a", "[::1", "[::1]x", "[::1]:", "[host]:1",
        "a:b:c", "1.2.3.4:5:6", "ho st:1", "a,b:1", "http://x:1", "user@host:1", "[::1%]:1", "\u{7F}:1", "é:1",
    ])
    func refuses(text: String) {
        #expect(Endpoint(text, defaultPort: 26379) == nil)
    }

    @Test func aPortIsNeededWithoutADefault() {
        #expect(Endpoint("host", defaultPort: nil) == nil)
        #expect(Endpoint("[::1]", defaultPort: nil) == nil)
        #expect(Endpoint("::1", defaultPort: nil) == nil)
    }

    @Test func hostsAreBounded() {
        let longest = String(repeating: "a", count: Endpoint.hostLengthMax)
        #expect(Endpoint(longest + ":65535", defaultPort: nil)?.host == longest)
        #expect(Endpoint("a" + longest + ":1", defaultPort: nil) == nil)
    }

    @Test func aUnixSocketIsNamedByItsAbsolutePath() {
        let socket = Endpoint(unixPath: "/run/redis.sock")
        #expect(socket?.description == "unix:/run/redis.sock")
        #expect(socket?.unixPath == "/run/redis.sock")
        #expect(socket?.address == nil)
        #expect(socket != Endpoint(host: "", port: 0))
        let longest = "/" + String(repeating: "a", count: Endpoint.unixPathLengthMax - 1)
        #expect(Endpoint(unixPath: longest)?.unixPath == longest)
        for path in ["", "run/redis.sock", longest + "a", "/a\0b", "/a\nb"] { #expect(Endpoint(unixPath: path) == nil) }
        // No host that a sentinel tells leads to one.
        #expect(Endpoint("unix:/run/redis.sock", defaultPort: 6379) == nil)
        #expect(Endpoint(host: "/run/redis.sock", port: 1).unixPath == nil)
    }

    @Test func showsItsAddress() {
        #expect(Endpoint(host: "10.0.0.1", port: 1).address == IPAddress("10.0.0.1"))
        #expect(Endpoint(host: "name", port: 1).address == nil)
        #expect(Endpoint(host: "", port: 1).address == nil)
    }
}
