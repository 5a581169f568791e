import Testing

@testable import Sentinel

@Suite("Causes in plain words") struct TroubleCauseTests {
    private static let plain = TroubleCause.Manner(showsPassword: false, speaksTLS: false)
    private static let locked = TroubleCause.Manner(showsPassword: true, speaksTLS: false)
    private static let encrypted = TroubleCause.Manner(showsPassword: false, speaksTLS: true)

    @Test("each names the setting to look at", arguments: [
        ("NOAUTH Authentication required.", plain, "wants a password: set GROUP.password"),
        ("ERR Protocol error: unauthenticated multibulk length", plain, "wants a password: set GROUP.password"),
        ("NOAUTH Authentication required.", locked, "refuses the password: see GROUP.user and GROUP.password"),
        ("WRONGPASS invalid username-password pair or user is disabled.", locked, "refuses the password: see GROUP.user and GROUP.password"),
        ("ERR invalid password", locked, "refuses the password: see GROUP.user and GROUP.password"),
        ("ERR Client sent AUTH, but no password is set", locked, "has no password, so GROUP.password is not needed"),
        ("ERR AUTH <password> called without any password configured for the default user. Are you sure?", locked, "has no password"),
        ("NOPERM User x has no permissions to run the 'role' command", plain, "does not let GROUP.user do what is needed (NOPERM User x has no permissions to run the 'role' command)"),
        ("DENIED Redis is running in protected mode because …", plain, "is in protected mode"),
        ("TLS: certificate verify failed", encrypted, "is not trusted: see GROUP.tls_ca"),
        ("TLS: wrong version number", encrypted, "does not speak TLS at this port: see GROUP.tls"),
        ("connect to 10.0.0.1:6379: Connection timed out", encrypted, "see GROUP.tls"),
        ("connect: Connection refused", plain, "nobody listens there: see ADDRESSES"),
        ("resolve nosuch.invalid: Name or service not known", plain, "the name is not known here: see ADDRESSES"),
    ])
    func named(text: String, manner: TroubleCause.Manner, expected: String) throws {
        for (peer, group, addresses) in [(TroubleCause.Peer.sentinel, "sentinel", "sentinel.addresses"), (.redis, "redis", "upstream")] {
            let words = try #require(TroubleCause.words(text, of: peer, manner))
            #expect(words.contains(expected.replacing("GROUP", with: group).replacing("ADDRESSES", with: addresses)), "\(words)")
        }
    }

    @Test("what may have many causes is told as it is", arguments: ["closed by the server", "connect: Network is unreachable", "ERR anything", "", "LOADING Redis is loading"])
    func unknown(text: String) {
        #expect(TroubleCause.words(text, of: .redis, Self.plain) == nil)
    }

    @Test("a Redis server that is taken for a sentinel is told to be one; other commands may be missing anywhere")
    func notASentinel() {
        #expect(TroubleCause.words("ERR unknown command 'SENTINEL'", of: .sentinel, Self.plain)?.contains("no sentinel") == true)
        #expect(TroubleCause.words("ERR unknown command 'ROLE'", of: .redis, Self.plain) == nil)
    }

    @Test("masters that the sentinels do know are named, within bounds")
    func masters() {
        #expect(TroubleCause.unknownMaster("mymastr", known: ["mymaster"]) == "the sentinels know no master mymastr; they know: mymaster; see sentinel.master_names")
        #expect(TroubleCause.unknownMaster("m", known: []).contains("they know: none"))
        #expect(TroubleCause.unknownMaster("m", known: (0..<13).map { "m\($0)" }).contains("m9 and 3 more;"))
    }
}
