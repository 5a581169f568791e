import Bytes
import RESP

/// The replies that the proxy gives in Redis's place for what it keeps of a client itself.
enum LocalReply {
    static let ok = Array("+OK\r\n".utf8)
    static let scanTooLong = Array("-ERR a request of SCAN, HSCAN, SSCAN or ZSCAN may not be this long\r\n".utf8)
    static let reset = Array("+RESET\r\n".utf8)
    static let invalidName = Array("-ERR Client names cannot contain spaces, newlines or special characters.\r\n".utf8)

    /// The null of the protocol version.
    static func null(protocolVersion: Int) -> [UInt8] { Array((protocolVersion == 3 ? "_\r\n" : "$-1\r\n").utf8) }

    /// What Redis says of a command with too few arguments, or too many.
    static func wrongCount(_ command: String) -> [UInt8] { Array("-ERR wrong number of arguments for '\(command)' command\r\n".utf8) }

    static func bulk(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        bytes.withUnsafeBufferPointer { CommandWriter.appendBulk($0, to: &output) }
        return output
    }

    /// CLIENT SETINFO LIB-NAME|LIB-VER text: what library the client uses. Source:
    /// https://redis.io/docs/latest/commands/client-setinfo/
    static func setInfo(attribute: [UInt8], text: [UInt8]) -> [UInt8] {
        guard ASCII.equalsIgnoringCase(attribute, "LIB-NAME") || ASCII.equalsIgnoringCase(attribute, "LIB-VER") else {
            let shown = attribute.prefix(32).map { $0 > 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
            return Array("-ERR Unrecognized option '\(String(decoding: shown, as: UTF8.self))'\r\n".utf8)
        }
        let word = ASCII.equalsIgnoringCase(attribute, "LIB-NAME") ? "lib-name" : "lib-ver"
        return isName(text) ? ok : Array("-ERR \(word) cannot contain spaces, newlines or special characters.\r\n".utf8)
    }

    /// Whether Redis takes `text` as a client's name: visible ASCII only.
    static func isName(_ text: [UInt8]) -> Bool { text.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
}
