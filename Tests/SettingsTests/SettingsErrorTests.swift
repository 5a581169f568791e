import Settings
import Testing

@Suite struct SettingsErrorTests {
    /// Errors of a file that begins with a working `upstream` line, so that lines count from 2.
    private func errors(_ yaml: String) -> [String] { SettingsFixture("upstream: r:1\n" + yaml).errors() }

    @Test(arguments: [
        ("http:\n  addres: :1", "m.yaml:3:3: http.addres: unknown key; did you mean http.address?"),
        ("http:\n  max_bdoy: 1", "m.yaml:3:3: http.max_bdoy: unknown key; did you mean http.max_body?"),
        ("htpp:\n  user: a", "m.yaml:2:1: htpp: unknown key; did you mean http?"),
        ("max_body: 1", "m.yaml:2:1: max_body: unknown key; did you mean http.max_body?"),
        ("http:\n  lisen: :1", "m.yaml:3:3: http.lisen: unknown key; did you mean http.address?"),
        ("master_name: a", "m.yaml:2:1: master_name: unknown key; did you mean sentinel.master_names?"),
        ("http: {xuser: 1}", "m.yaml:2:8: http.xuser: unknown key; did you mean http.user?"),
        ("http: {zebra: 1}", "m.yaml:2:8: http.zebra: unknown key"),
        ("zebra: 1", "m.yaml:2:1: zebra: unknown key"),
        ("http: 7379", "m.yaml:2:7: http: expected a section with keys such as http.address, found text"),
        ("threads: many", "m.yaml:2:10: threads: expected a whole number from 0 to 256, found \"many\""),
        ("threads: 257", "m.yaml:2:10: threads: must be from 0 to 256, is 257"),
        ("threads: 99999999999999999999", "m.yaml:2:10: threads: expected a whole number from 0 to 256, found \"99999999999999999999\""),
        ("threads: [1, 2]", "m.yaml:2:10: threads: expected a whole number from 0 to 256, found a list"),
        ("threads: {a: 1}", "m.yaml:2:10: threads: expected a whole number from 0 to 256, found a mapping"),
        ("threads:", "m.yaml:2:9: threads: expected a whole number from 0 to 256, found nothing"),
        ("drain_timeout: 5", "m.yaml:2:16: drain_timeout: expected a duration such as 250ms, 5s, 2m or 0, found \"5\""),
        ("drain_timeout: 25h", "m.yaml:2:16: drain_timeout: must be from 0 to 24h, is 25h"),
        ("redis.link_buffer: 1tb", "m.yaml:2:20: redis.link_buffer: expected a size such as 64kb, 512mb, 1gb or a number of bytes, found \"1tb\""),
        ("redis.link_buffer: 1kb", "m.yaml:2:20: redis.link_buffer: must be from 4kb to 4gb, is 1kb"),
        ("log: {level: loud}", "m.yaml:2:14: log.level: expected one of trace, debug, info, notice, warning, error, found \"loud\""),
        ("listen.allow: [10.0.0.0/8, 10.0.0.1/8]", "m.yaml:2:28: listen.allow: \"10.0.0.1/8\" has bits set beyond its mask; the range is 10.0.0.0/8"),
        ("listen.allow: [[a]]", "m.yaml:2:16: listen.allow: expected a list of addresses and ranges such as 10.0.0.0/8, found a list in the list"),
        ("listen.address: [\"off\", \":1\"]", "m.yaml:2:18: listen.address: off cannot stand beside an address"),
        ("listen.address: example.org:1", "m.yaml:2:17: listen.address: expected a list of [MASTERNAME=]address:port or unix:/path, or off, found \"example.org:1\""),
        ("admin.address: a=:1", "m.yaml:2:16: admin.address: expected address:port, or off, found \"a=:1\""),
        ("threads: 1\nthreads: 2", "m.yaml:3:1: threads: given twice; first in line 2"),
        ("http: {user: a, user: b, password: p}", "m.yaml:2:17: http.user: given twice; first in line 2"),
        ("http: {user: a, password: p}\nhttp.user: b", "m.yaml:3:1: http.user: given twice; first in line 2"),
        ("log: &a {level: info}", "m.yaml:2:6: log: anchors are not supported"),
        ("log: *a", "m.yaml:2:6: log: aliases are not supported"),
        ("log.level: !x info", "m.yaml:2:12: log.level: tags are not supported"),
        ("? [a]\n: b", "m.yaml:2:3: a key must be text"),
        ("---\na: b", "m.yaml:2:1: only one document is read"),
        ("a: [[[[[[[[[1]]]]]]]]]", "m.yaml:2:11: a: nested deeper than 8 levels"),
        ("sentinel.password: ********", "m.yaml:2:21: no YAML: did not find expected alphabetic or numeric character (while scanning an alias)"),
        ("redis.password: \"********\"", "m.yaml:2:17: redis.password: is the mask of a printed configuration, not a secret"),
        ("redis.password: env:NOPE", "m.yaml:2:17: redis.password: environment variable \"NOPE\" is not set"),
        ("redis.password: file:/nope", "m.yaml:2:17: redis.password: cannot read \"/nope\": no such file"),
        ("redis.user: me", "m.yaml:2:13: redis.user: a user needs a password; set redis.password too"),
        ("sentinel.reconnect_min: 2s", "m.yaml:2:25: sentinel.reconnect_min: 2s is more than sentinel.reconnect_max, which is 1s"),
        ("http.max_head: 1kb", "m.yaml:2:16: http.max_head: 1kb is less than http.max_request_line, which is 64kb"),
        ("http.address: :6379", "m.yaml:2:15: http.address: port 6379 is used twice; also by listen.address"),
        ("listen.address: a=:1", "m.yaml:2:17: listen.address: a=:1 names a master, but the upstream is fixed"),
        ("sentinel.addresses: s:1", "m.yaml:1:11: upstream: cannot be given together with sentinel.addresses; give one of them"),
        ("listen.address: off\nhttp.address: off", "m.yaml:2:17: listen.address: nothing to serve: both listen.address and http.address are off"),
        ("log.level: \"a\\nb\\e[31m\"", "m.yaml:2:12: log.level: expected one of trace, debug, info, notice, warning, error, found \"a\u{FFFD}b\u{FFFD}[31m\""),
    ])
    func fileErrorsSayWhere(yaml: String, expected: String) {
        #expect(errors(yaml) == [expected])
    }

    @Test(arguments: [
        ("upstream: redis://:pw@h:1", "m.yaml:1:11: upstream: expected a list of host:port or unix:/path, found \"…@h:1\""),
        ("- a", "m.yaml:1:1: expected a mapping of settings, found a list"),
        ("", ""), ("# only a comment", ""),
    ])
    func oddFiles(yaml: String, expected: String) {
        let missing = "sentinel.addresses: give either sentinels (--sentinel HOST:PORT) or Redis itself (--upstream HOST:PORT)"
        #expect(SettingsFixture(yaml).errors() == [expected.isEmpty ? missing : expected])
    }

    @Test func otherSourcesAreNamed() {
        let environment = ["MASTERGATE_THREADS": "x", "MASTERGATE_HTTP_PASWORD": "s3cret", "MASTERGATE_SERVICE_HOST": "10.0.0.1"]
        let flags = [("upstream", "r:1"), ("http", "x:1"), ("listne", "1"), ("master-name", "a,a")]
        #expect(SettingsFixture(environment: environment, flags: flags).errors() == [
            "MASTERGATE_HTTP_PASWORD: unknown variable; did you mean MASTERGATE_HTTP_PASSWORD?",
            "--listne: unknown flag; did you mean --listen?",
            "MASTERGATE_THREADS: threads: expected a whole number from 0 to 256, found \"x\"",
            "--http: http.address: expected a list of [MASTERNAME=]address:port or unix:/path, or off, found \"x:1\"",
            "--master-name: sentinel.master_names: a is given twice",
        ])
    }

    @Test func aMasterMustBeKnown() {
        let flags = [("sentinel", "s"), ("listen", "mymaster=:1,orders=:2")]
        #expect(SettingsFixture(flags: flags).errors() == [
            "--listen: listen.address: orders=:2 names a master that is not in sentinel.master_names"
        ])
    }

    @Test func allErrorsAreReportedEvenOverriddenOnes() {
        let fixture = SettingsFixture("threads: x\nlog: {level: y}\nzebra: 1\nupstream: r", flags: [("threads", "2")])
        #expect(fixture.errors().count == 3)
    }

    @Test func unreadableFilesAreErrors() {
        var fixture = SettingsFixture(flags: [("upstream", "r")])
        fixture.hasFile = true
        #expect(fixture.errors() == ["m.yaml: cannot be read: no such file"])
        fixture.files["m.yaml"] = [0x61, 0x3A, 0x20, 0xFF]
        #expect(fixture.errors().count == 1)
        fixture.files["m.yaml"] = [UInt8](repeating: 0x20, count: 1 << 20 + 1)
        #expect(fixture.errors().count == 1)
    }

    @Test func noInputTraps() {
        let texts = ["[", "{", "a: [", "\u{0}", "%YAML 9.9", "\"", "a: |", "- - - -", "? ? ?", String(repeating: "[", count: 5000), "a: b: c"]
        for text in texts { #expect(!SettingsFixture(text).errors().isEmpty) }
    }
}
