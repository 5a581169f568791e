import Bytes
import RESP

/// The shapes of streams. Source: Webdis's json.c, as seen in its replies.
extension JSONWriter {
    /// `[[id,[field,value,…]],…]` as `[{"id":id,"msg":{field:value,…}},…]`.
    mutating func messages(_ token: ReplyToken, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard case .array(let count) = token else { return false }
        output.append(UInt8(ascii: "["))
        for index in 0..<count {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            guard case .array(2)? = reader.nextValue(in: bytes, depth: 2),
                case .bulkString(let id)? = reader.nextValue(in: bytes, depth: 3)
            else { return false }
            output.append("{\"id\":" as StaticString)
            string(bytes.extracting(id), to: &output)
            output.append(",\"msg\":" as StaticString)
            guard let message = reader.nextValue(in: bytes, depth: 3), fields(message, in: bytes, to: &output) else { return false }
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "]"))
        return true
    }

    /// The fields of a message. Of one that comes more than once, the values are a list: an object's members have different names to most
    /// readers of JSON. Webdis writes them as they come.
    private mutating func fields(_ token: ReplyToken, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard !rules.isWebdis, case .array(let count) = token, count > 2 else { return fieldsAndValues(token, in: bytes, depth: 3, to: &output) }
        let (start, place) = (output.count, reader)
        if count <= RepeatedFields.fewCount {
            switch differentFields(count, in: bytes, to: &output) {
            case .written: return true
            case .broken: return false
            case .repeated: break
            }
            output.removeSubrange(start...)
            reader = place
        }
        var ahead = reader
        guard let grouped = RepeatedFields(count, &ahead, in: bytes) else { return fieldsAndValues(token, in: bytes, depth: 3, to: &output) }
        reader = ahead
        grouped.append(in: bytes, to: &output) { string($0, to: &$1) }
        return true
    }

    private enum FieldsOutcome { case written, broken, repeated }

    /// Writes few fields as long as each has another name: nearly always all of them have.
    private mutating func differentFields(_ count: Int, in bytes: Span<UInt8>, to output: inout [UInt8]) -> FieldsOutcome {
        withUnsafeTemporaryAllocation(of: Range<Int>.self, capacity: RepeatedFields.fewCount) { names in
            output.append(UInt8(ascii: "{"))
            for place in 0..<(count / 2) {
                guard case .bulkString(let name)? = reader.nextValue(in: bytes, depth: 4) else { return .repeated }
                for other in 0..<place where names[other].count == name.count && bytes.extracting(names[other]).isEqual(to: bytes.extracting(name)) { return .repeated }
                names.initializeElement(at: place, to: name)
                if place > 0 { output.append(UInt8(ascii: ",")) }
                string(bytes.extracting(name), to: &output)
                output.append(UInt8(ascii: ":"))
                guard let token = reader.nextValue(in: bytes, depth: 4), value(token, in: bytes, depth: 4, to: &output) else { return .broken }
            }
            output.append(UInt8(ascii: "}"))
            return .written
        }
    }

    /// `[[stream,messages],…]` as `{stream:messages,…}`.
    mutating func streams(_ token: ReplyToken, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard case .array(let count) = token else { return false }
        output.append(UInt8(ascii: "{"))
        for index in 0..<count {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            guard case .array(2)? = reader.nextValue(in: bytes, depth: 1),
                case .bulkString(let name)? = reader.nextValue(in: bytes, depth: 2)
            else { return false }
            string(bytes.extracting(name), to: &output)
            output.append(UInt8(ascii: ":"))
            guard let list = reader.nextValue(in: bytes, depth: 2), messages(list, in: bytes, to: &output) else { return false }
        }
        output.append(UInt8(ascii: "}"))
        return true
    }

    /// The summary `[count,first id,last id,[[consumer,count],…]]`, or the messages one by one, `[[id,…],…]`.
    mutating func pending(_ token: ReplyToken, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard case .array(let count) = token else { return false }
        var first = reader
        if count == 4, case .integer(let messages)? = first.nextValue(in: bytes, depth: 1) {
            reader = first
            return pendingSummary(of: messages, in: bytes, to: &output)
        }
        return pendingMessages(count, in: bytes, to: &output)
    }

    /// `{"msgs":2,"idmin":id,"idmax":id,"msgsperconsumer":{consumer:count,…}}`; what is nil is left out, as all but the
    /// first is when nothing is pending.
    private mutating func pendingSummary(of messages: Int64, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        output.append("{\"msgs\":" as StaticString)
        Decimal.append(messages, to: &output)
        guard pendingID(",\"idmin\":", in: bytes, to: &output), pendingID(",\"idmax\":", in: bytes, to: &output),
            let consumers = reader.nextValue(in: bytes, depth: 1)
        else { return false }
        if !consumers.isNil {
            output.append(",\"msgsperconsumer\":" as StaticString)
            guard messagesPerConsumer(consumers, in: bytes, to: &output) else { return false }
        }
        output.append(UInt8(ascii: "}"))
        return true
    }

    private mutating func pendingID(_ member: StaticString, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard let token = reader.nextValue(in: bytes, depth: 1) else { return false }
        if token.isNil { return true }
        guard case .bulkString(let id) = token else { return false }
        output.append(member)
        string(bytes.extracting(id), to: &output)
        return true
    }

    /// Redis writes these counts as strings, and so they stay.
    private mutating func messagesPerConsumer(_ token: ReplyToken, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        guard case .array(let count) = token else { return false }
        output.append(UInt8(ascii: "{"))
        for index in 0..<count {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            guard case .array(2)? = reader.nextValue(in: bytes, depth: 2),
                case .bulkString(let consumer)? = reader.nextValue(in: bytes, depth: 3)
            else { return false }
            string(bytes.extracting(consumer), to: &output)
            output.append(UInt8(ascii: ":"))
            guard let messages = reader.nextValue(in: bytes, depth: 3), messages.aggregate == nil,
                value(messages, in: bytes, depth: 3, to: &output)
            else { return false }
        }
        output.append(UInt8(ascii: "}"))
        return true
    }

    /// `[{"id":id,"owner":consumer,"elapsedtime":milliseconds,"deliveries":count},…]`.
    private mutating func pendingMessages(_ count: Int, in bytes: Span<UInt8>, to output: inout [UInt8]) -> Bool {
        output.append(UInt8(ascii: "["))
        for index in 0..<count {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            guard case .array(4)? = reader.nextValue(in: bytes, depth: 1),
                case .bulkString(let id)? = reader.nextValue(in: bytes, depth: 2),
                case .bulkString(let owner)? = reader.nextValue(in: bytes, depth: 2),
                case .integer(let elapsed)? = reader.nextValue(in: bytes, depth: 2),
                case .integer(let deliveries)? = reader.nextValue(in: bytes, depth: 2)
            else { return false }
            output.append("{\"id\":" as StaticString)
            string(bytes.extracting(id), to: &output)
            output.append(",\"owner\":" as StaticString)
            string(bytes.extracting(owner), to: &output)
            output.append(",\"elapsedtime\":" as StaticString)
            Decimal.append(elapsed, to: &output)
            output.append(",\"deliveries\":" as StaticString)
            Decimal.append(deliveries, to: &output)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "]"))
        return true
    }
}
