import Bytes
import RESP

/// What a sentinel publishes on the `__sentinel__:hello` channel of the servers that it watches: itself, and its claim.
///
///     ip,port,runid,current_epoch,master_name,master_ip,master_port,master_config_epoch
///
/// Anyone who may PUBLISH there can forge it, so it is a reason to ask like any other event; where no sentinel can be
/// asked, it counts for as much as the named server's ROLE bears it out. Source: `sentinel.c`, `sentinelSendHello`.
package struct SentinelHello: Sendable, Equatable {
    package static let channel = "__sentinel__:hello"

    package let runID: String
    package let masterName: String
    package let claim: MasterClaim

    /// Nil for a message that is none.
    package init?(_ payload: String) {
        let fields = payload.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 8, let port = UInt16(fields[6]), port > 0, let epoch = UInt64(fields[7]), !fields[5].isEmpty, !fields[4].isEmpty
        else { return nil }
        runID = String(fields[2])
        masterName = String(fields[4])
        claim = MasterClaim(Endpoint(host: String(fields[5]), port: port), epoch: epoch)
    }
}

/// The connection to a server on which its sentinels' hellos are heard. Pure.
package struct HelloSession: ~Copyable {
    private var replies = ReplyStream(bytesMax: 1 << 20)

    package init() {}

    /// The first bytes on a new connection.
    package func opened(user: [UInt8]?, password: [UInt8]?) -> [UInt8] {
        SentinelCredentials.encode(user: user, password: password) + CommandWriter.encode("SUBSCRIBE", SentinelHello.channel)
    }

    /// The bytes that make a living server answer.
    package func ping() -> [UInt8] { CommandWriter.encode("PING") }

    /// Takes received bytes in; hands back the hellos among them, and an error of the server's.
    ///
    /// - Throws: ``ReplyError`` when the bytes are no RESP; the connection is to be closed.
    package mutating func received(_ bytes: UnsafeRawBufferPointer) throws(ReplyError) -> (hellos: [SentinelHello], refusal: String?) {
        replies.append(bytes)
        var hellos: [SentinelHello] = []
        var refusal: String?
        while let reply = try replies.next() {
            if case .error(let text) = reply { refusal = ErrorText.withoutArguments(text) }
            guard let parts = reply.elements, parts.count == 3, parts[0].text == "message", let hello = parts[2].text.flatMap(SentinelHello.init)
            else { continue }
            hellos.append(hello)
        }
        return (hellos, refusal)
    }
}
