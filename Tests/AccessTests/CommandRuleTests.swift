import Access
import Testing

@Suite struct CommandRuleTests {
    @Test(arguments: [
        ("auth=web:secret user=alice", "auth=web:******** user=alice"), ("auth=web:secret user=alice:other%25", "auth=web:******** user=alice:********"),
        ("user=alice:pw +get", "user=alice:******** +get"), ("ip=10.0.0.0/8 user=a:b%20c -set ~x:* db=1", "ip=10.0.0.0/8 user=a:******** -set ~x:* db=1"),
    ])
    func aRedisUserIsWrittenAsItIsReadItsPasswordMasked(text: String, masked: String) throws {
        let rule = try CommandRule(parsing: text)
        #expect(rule.text(showsLogin: true) == text)
        #expect(rule.text(showsLogin: false) == masked)
        #expect(try CommandRule(parsing: rule.text(showsLogin: true)) == rule)
        #expect(!"\(String(reflecting: rule))".contains("secret"))
    }

    @Test func theLoginsOwnPasswordIsShownToRedisWhereNoOtherIsGiven() throws {
        #expect(try CommandRule(parsing: "auth=web:se:cret user=alice").redisUser == RedisUser(name: Array("alice".utf8), password: Secret(utf8: "se:cret")))
        #expect(try CommandRule(parsing: "auth=web:x user=alice:").redisUser == RedisUser(name: Array("alice".utf8), password: Secret(utf8: "")))
    }

    @Test(arguments: ["user=alice", "user=alice +get", "auth=a:b user=", "auth=a:b user=:x", "auth=a:b user=x user=y", "auth=a:b user=a%20b", "ip=10.0.0.0/8 user=alice", "user=alice:********", "auth=web:******** user=alice"])
    func aRedisUserNeedsANameAndAPassword(text: String) {
        #expect(throws: CommandRule.Problem.self) { try CommandRule(parsing: text) }
    }

    @Test func whatIsDeniedIsWhatNoLaterRuleAllows() throws {
        func denials(_ lines: String..., byDefault allows: Bool = true) throws -> [String]? {
            CommandAccess(rules: try lines.map { try CommandRule(parsing: $0) }, allowsByDefault: allows).denials(of: nil, login: Span()).map { $0.map(\.text) }
        }
        #expect(try denials("-get -config|set") == ["get", "config|set"])
        #expect(try denials("-get -config|set", "+config +get") == [])
        #expect(try denials("-config", "+config|set") == ["config"])
        #expect(try denials("-*", "+get") == nil)
        #expect(try denials("-*", "+*") == [])
        #expect(try denials("+get", byDefault: false) == nil)
        #expect(try denials("ip=10.0.0.0/8 -get") == [])
    }
}
