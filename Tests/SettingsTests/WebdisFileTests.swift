import Access
import Bytes
import Testing

@testable import Settings

@Suite("webdis.json") struct WebdisFileTests {
    private func load(_ json: String, environment: [String: String] = [:], flags: [(flag: String, value: String)] = []) throws(SettingsErrors) -> LoadedSettings {
        try Settings.load(SettingsInput(webdisFile: "webdis.json", environment: environment, flags: flags, readFile: { _ in Array(json.utf8) }))
    }

    private func errors(_ json: String, environment: [String: String] = [:]) -> String {
        do throws(SettingsErrors) {
            _ = try load(json, environment: environment)
            return "none"
        } catch { return error.description }
    }

    @Test("an empty file is Webdis's defaults, in its dialect")
    func defaults() throws {
        let settings = try load("{}").settings
        #expect(settings.source == .fixed([try #require(Endpoint("127.0.0.1:6379", defaultPort: nil))]))
        #expect(settings.http.addresses.map(\.description) == ["0.0.0.0:7379"])
        #expect(settings.http.effectiveAddresses.map(\.description) == ["0.0.0.0:7379"])
        #expect(settings.listen.addresses.isEmpty)
        let gateway = settings.http.gateway
        #expect(gateway.isWebdis && !gateway.hasWebSockets && gateway.corsOrigins == ["*"] && gateway.access.isOpen)
    }

    @Test("every key has its meaning")
    func keys() throws {
        let settings = try load("""
            {"redis_host": "redis.example", "redis_port": 6380, "redis_auth": ["gw", "file:secret"], "database": 3, "http_host": "::1", "http_port": "$PORT",
             "http_max_request_size": 10000, "threads": 2, "pool_size": 20, "websockets": true, "default_root": "/GET/index.html", "daemonize": true,
             "pidfile": "/run/w.pid", "user": "www", "group": "data", "logfile": "/var/log/w.log", "verbosity": 8, "log_fsync": "all",
             "ssl": {"enabled": true, "ca_cert_bundle": "ca.pem", "path_to_certs": "/certs", "client_cert": "c.pem", "client_key": "k.pem", "redis_sni": "r"},
             "hiredis": {"keep_alive_sec": 30},
             "acl": [{"disabled": ["DEBUG", "CONFIG SET"]}, {"http_basic_auth": "$LOGIN", "ip": "10.1.2.3/8", "enabled": ["*"]}, {"ip": "0.0.0.0/0", "disabled": ["KEYS"]}]}
            """, environment: ["PORT": "8080", "LOGIN": "me:pw"]).settings
        #expect(settings.source == .fixed([try #require(Endpoint("redis.example:6380", defaultPort: nil))]))
        #expect(settings.redis.credentials == Credentials(user: "gw", password: Secret(utf8: "file:secret")))
        #expect(settings.http.addresses.map(\.description) == ["[::1]:8080"])
        #expect(settings.http.maxBodyBytes == 10_000 && settings.threads == 2 && settings.redis.warmLinks == 20)
        #expect(settings.http.gateway.database == 3 && settings.http.gateway.defaultRoot == "/GET/index.html" && settings.http.gateway.hasWebSockets)
        #expect(settings.identity == .init(isDaemon: true, pidFile: "/run/w.pid", user: "www", group: "data"))
        #expect(settings.log.level == .trace && settings.log.file == "/var/log/w.log" && settings.log.syncsEachLine)
        #expect(settings.redis.tls?.authorityPath == "ca.pem" && settings.redis.tls?.serverName == "r")
        #expect(settings.redis.tcpKeepAliveMilliseconds == 30_000)
        let rules = settings.http.gateway.access.rules
        #expect(rules.map { $0.text(showsLogin: true) } == ["-debug -config|set", "ip=10.0.0.0/8 auth=me:pw +*", "-keys"])
    }

    @Test("a socket's path is a host, and sentinels given besides find the server themselves")
    func upstreams() throws {
        #expect(try load(#"{"redis_host": "/run/redis.sock"}"#).settings.source == .fixed([try #require(Endpoint(unixPath: "/run/redis.sock"))]))
        let sentinels = try load(#"{"redis_host": "old"}"#, flags: [("sentinel", "a:26379")]).settings
        #expect(sentinels.source == .sentinels)
        #expect(sentinels.failover.holdMilliseconds == 15_000)
    }

    @Test("flags and variables win over the file")
    func strength() throws {
        #expect(try load(#"{"threads": 2}"#, environment: ["MASTERGATE_THREADS": "3"]).settings.threads == 3)
        #expect(try load(#"{"threads": 2}"#, flags: [("threads", "4")]).settings.threads == 4)
    }

    @Test("what Webdis passes over is an error with its place", arguments: [
        ("{\"thread\": 4}", "webdis.json:1:2: thread: Webdis has no such key; did you mean threads?"), ("{\"threads\": \"many\"}", "webdis.json:1:13: threads: expected a whole number from 1 to 256"),
        ("{\"threads\": 0}", "webdis.json:1:13: threads: expected a whole number from 1 to 256"), ("{\"websockets\": \"perhaps\"}", "webdis.json:1:16: websockets: expected true or false"),
        ("{\"acl\": [{\"disabled\": \"*\"}]}", "webdis.json:1:23: acl.disabled: expected a list of commands"), ("{\"acl\": [{\"ip\": \"10.0.0/8\", \"enabled\": [\"GET\"]}]}", "webdis.json:1:17: acl.ip: \"10.0.0/8\" is no address or range such as 10.0.0.0/8 or ::1"),
        ("{\"redis_auth\": [\"a\"]}", "webdis.json:1:16: redis_auth: expected a password, or [user, password]"), ("{\"ssl\": {\"cipher\": \"x\"}}", "webdis.json:1:10: ssl.cipher: Webdis has no such key"),
        ("{\"redis_auth\": \"$NOT_SET\"}", "webdis.json:1:16: redis_auth: environment variable \"NOT_SET\" is not set"), ("[1]", "webdis.json: expected a JSON object of Webdis's settings"),
        ("", "webdis.json: expected a JSON object of Webdis's settings"), ("{\"threads\": 1, \"threads\": 2}", "webdis.json:1:16: threads: given twice; first in line 1"),
    ])
    func wrong(json: String, message: String) {
        #expect(errors(json).contains(message), "\(errors(json))")
    }

    @Test("broken JSON is an error with its line", arguments: ["{\"threads\": 1", "{\"a\"", "{\n  \"threads\": [\n}"])
    func broken(json: String) {
        #expect(errors(json).hasPrefix("webdis.json:"))
        #expect(errors(json).contains("no JSON"))
    }

    @Test("the same as YAML reads back to the same settings, passwords and all")
    func converted() throws {
        let json = #"{"redis_auth": "value:x", "http_port": 7400, "acl": [{"disabled": ["*"]}, {"http_basic_auth": "a:b c,d%", "enabled": ["GET"]}], "verbosity": 3}"#
        let loaded = try load(json)
        let yaml = loaded.resolved.writtenYAML
        let again = try Settings.load(SettingsInput(file: "m.yaml", readFile: { _ in Array(yaml.utf8) })).settings
        #expect(again == loaded.settings)
        #expect(!loaded.yaml.contains("b c") && !loaded.yaml.contains("value:x"))
    }
}
