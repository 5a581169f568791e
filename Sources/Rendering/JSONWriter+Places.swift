import Bytes
import RESP

/// The shape of GEORADIUS. Source: Webdis's json.c, as seen in its replies.
extension JSONWriter {
    /// `[[name,distance,hash,[longitude,latitude]],…]` as `[{"name":…,"dist":…,"hash":…,"coords":[…]},…]`.
    ///
    /// WITHDIST, WITHHASH and WITHCOORD may each be missing, but Redis answers them in this order whatever the order that
    /// they were asked for in, and each as a type of its own: that tells which is which.
    mutating func places(_ token: ReplyToken, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard case .array(let count) = token, count > 0 else { return false }
        output.append(UInt8(ascii: "["))
        for index in 0..<count {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            guard case .array(let fields)? = reader.nextValue(in: bytes, depth: 1), fields >= 2, fields <= 4,
                place(fields, in: bytes, to: &output)
            else { return false }
        }
        output.append(UInt8(ascii: "]"))
        return true
    }

    private mutating func place(_ fields: Int, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard case .bulkString(let name)? = reader.nextValue(in: bytes, depth: 2) else { return false }
        output.append("{\"name\":" as StaticString)
        string(bytes.extracting(name), to: &output)
        // How far in the order of fields the place has come.
        var written = 0
        for _ in 1..<fields {
            switch reader.nextValue(in: bytes, depth: 2) {
            case .bulkString(let distance)? where written < 1:
                output.append(",\"dist\":" as StaticString)
                string(bytes.extracting(distance), to: &output)
                written = 1
            case .integer(let hash)? where written < 2:
                output.append(",\"hash\":" as StaticString)
                Decimal.append(hash, to: &output)
                written = 2
            case .array(2)? where written < 3:
                output.append(",\"coords\":[" as StaticString)
                guard coordinate(in: bytes, to: &output) else { return false }
                output.append(UInt8(ascii: ","))
                guard coordinate(in: bytes, to: &output) else { return false }
                output.append(UInt8(ascii: "]"))
                written = 3
            default: return false
            }
        }
        output.append(UInt8(ascii: "}"))
        return true
    }

    /// A string in either protocol: RESP3 sends a double, whose digits stay as they are.
    private mutating func coordinate(in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        switch reader.nextValue(in: bytes, depth: 3) {
        case .bulkString(let digits)?: string(bytes.extracting(digits), to: &output)
        case .double(let digits)?: text(bytes.extracting(digits), to: &output)
        default: return false
        }
        return true
    }
}
