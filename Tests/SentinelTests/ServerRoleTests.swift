import Bytes
import Sentinel
import Testing

@Suite("A server's role") struct ServerRoleTests {
    private func role(_ wire: String) throws -> ServerRole { ServerRole(try reply(wire)) }

    @Test("a master tells its offset and its replicas")
    func master() throws {
        let wire = "*3\r\n$6\r\nmaster\r\n:4376\r\n*2\r\n*3\r\n$9\r\n127.0.0.1\r\n$5\r\n17380\r\n$4\r\n4108\r\n*3\r\n$3\r\n::1\r\n$4\r\n6380\r\n$1\r\n0\r\n"
        #expect(try role(wire) == .master(offset: 4376, replicas: [Endpoint(host: "127.0.0.1", port: 17380): 4108, Endpoint(host: "::1", port: 6380): 0]))
        #expect(try role("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n").isMaster)
        #expect(try role("*1\r\n$6\r\nmaster\r\n") == .master(offset: 0, replicas: [:]))
        #expect(try role("*3\r\n$6\r\nmaster\r\n:-1\r\n*2\r\n*1\r\n$1\r\nx\r\n:5\r\n") == .master(offset: 0, replicas: [:]))
    }

    @Test("a replica tells whom it follows")
    func replica() throws {
        let wire = "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:17379\r\n$9\r\nconnected\r\n:4376\r\n"
        #expect(try role(wire) == .replica(of: Endpoint(host: "127.0.0.1", port: 17379)))
        #expect(try role("*1\r\n$5\r\nslave\r\n") == .replica(of: nil))
        #expect(try !role(wire).isMaster)
    }

    @Test("a sentinel, an error and nonsense are no masters", arguments: [
        ("*2\r\n$8\r\nsentinel\r\n*1\r\n$8\r\nmymaster\r\n", ServerRole.sentinel), ("-LOADING Redis is loading\r\n", .refused("LOADING Redis is loading")),
        ("-NOAUTH Authentication required.\r\n", .undisclosed), ("*1\r\n$4\r\nking\r\n", .refused("unknown role king")),
        (":1\r\n", .refused("unexpected answer to ROLE")), ("*0\r\n", .refused("unexpected answer to ROLE")), ("*-1\r\n", .refused("unexpected answer to ROLE")),
        ("$5\r\nhello\r\n", .refused("no role in INFO replication")),
    ])
    func others(wire: String, expected: ServerRole) throws {
        #expect(try role(wire) == expected)
        #expect(try !role(wire).isMaster)
    }

    @Test("INFO replication stands in for ROLE")
    func information() throws {
        let master = "# Replication\r\nrole:master\r\nconnected_slaves:1\r\nslave0:ip=127.0.0.1,port=17380,state=online,offset=4108,lag=0\r\nmaster_repl_offset:4376\r\n"
        #expect(try role(bulk(master)) == .master(offset: 4376, replicas: [:]))
        #expect(try role(bulk("# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\n")) == .replica(of: nil))
        #expect(try role(bulk("# Replication\r\nrole:master\r\nmaster_repl_offset:x\r\n")) == .master(offset: 0, replicas: [:]))
    }
}
