import Bytes
import RESP
import Sentinel
import Testing

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func claim(_ host: String, _ epoch: UInt64) -> MasterClaim { MasterClaim(Endpoint(host: host, port: 6379), epoch: epoch) }

/// A reply as servers write it: an array of bulk strings.
func list(_ elements: String...) -> String { array(elements.map(bulk)) }

func array(_ elements: [String]) -> String { "*\(elements.count)\r\n" + elements.joined() }

func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }

/// The value of a whole reply.
func reply(_ wire: String) throws -> ReplyValue {
    var reader = ReplyReader()
    return try #require(ReplyValue(bytes(wire).span, reader: &reader))
}

/// Three sentinels `s1`, `s2`, `s3`, whose words come in at times of the test's choosing.
struct Watched {
    var agreement: MasterAgreement
    private(set) var now = 0

    init(_ sentinels: Int = 3) {
        agreement = MasterAgreement(now: 0)
        _ = agreement.sentinelsBecameKnown(Set((1...sentinels).map { SentinelID("s\($0)") }), now: 0)
    }

    /// Sentinels that have adopted `claim` together with the proxy.
    init(adopted claim: MasterClaim, sentinels: Int = 3) {
        self.init(sentinels)
        for index in 1...sentinels { _ = reports("s\(index)", claim) }
        _ = roleIs(claim, master: true)
    }

    /// The servers that the sentinels name beside the master unless told otherwise.
    static let group = ["a", "b", "c", "d"].map { Endpoint(host: $0, port: 6379) }

    mutating func reports(_ sentinel: String, _ claim: MasterClaim?, replicas: [Endpoint] = group) -> [MasterAgreement.Action] {
        agreement.sentinelReported(SentinelID(sentinel), claim, replicas: replicas, now: now)
    }

    mutating func roleIs(_ claim: MasterClaim, master: Bool) -> [MasterAgreement.Action] {
        agreement.roleAnswered(claim, isMaster: master, now: now)
    }

    mutating func passes(_ milliseconds: Int) -> [MasterAgreement.Action] {
        now += milliseconds
        return agreement.timePassed(now: now)
    }

    /// Time passes while every sentinel goes on saying the same, twice a second.
    mutating func passes(_ milliseconds: Int, saying claims: [String: MasterClaim?]) -> [MasterAgreement.Action] {
        var actions: [MasterAgreement.Action] = []
        let end = now + milliseconds
        while now < end {
            now = min(end, now + 50)
            actions += agreement.timePassed(now: now)
            guard now % 500 == 0 || now == end else { continue }
            for (sentinel, claim) in claims.sorted(by: { $0.key < $1.key }) { actions += reports(sentinel, claim) }
        }
        return actions
    }
}
