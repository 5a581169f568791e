import Bytes
import RESP

/// A reply as Webdis's `.raw` has it: RESP2, but with the integers of a flat array as bulk strings.
///
/// ```
/// :5                  :5                        *2 $1 a :5          *2 $1 a $1 5
/// *2 :0 :3000000000   *2 :0 :3000000000         *2 $1 a *1 :5       *2 $1 a *1 :5
/// ```
/// Only where Webdis itself writes valid RESP is there anything to keep to: in an array of nothing but strings and integers
/// of 32 bits. Of a larger integer it writes a part, and elements of any other type it leaves out, though it has counted
/// them; in such a reply everything stays as Redis wrote it.
enum WebdisRaw {
    static func append(_ reply: Span<UInt8>, to output: inout [UInt8]) -> RenderOutcome {
        let start = output.count
        if appendFlatArray(reply, to: &output) { return .rendered }
        output.removeSubrange(start...)
        return RESP2Renderer.append(reply, to: &output)
    }

    /// Webdis takes the magnitude in an `int`, which has none for the lowest number.
    private static let integers = Int64(-Int32.max)...Int64(Int32.max)

    private static func appendFlatArray(_ reply: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        var reader = ReplyReader()
        guard case .array(let count)? = reader.nextValue(in: reply, depth: 0) else { return false }
        CommandWriter.appendHead(argumentCount: count, to: &output)
        for _ in 0..<count {
            switch reader.nextValue(in: reply, depth: 1) {
            case .bulkString(let range)?:
                reply.extracting(range).withUnsafeBufferPointer { CommandWriter.appendBulk($0, to: &output) }
            case .integer(let number)? where integers.contains(number):
                output.append(UInt8(ascii: "$"))
                Decimal.append(digitCount(of: number), to: &output)
                output.append("\r\n" as StaticString)
                Decimal.append(number, to: &output)
                output.append("\r\n" as StaticString)
            default: return false
            }
        }
        return true
    }

    /// Characters of `number` in decimal, its sign included.
    private static func digitCount(of number: Int64) -> Int {
        var count = number < 0 ? 2 : 1
        var rest = number.magnitude
        while rest >= 10 {
            rest /= 10
            count &+= 1
        }
        return count
    }
}
