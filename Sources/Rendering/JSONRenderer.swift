import Bytes
import RESP

/// A reply as Webdis's JSON: one object with one member, named after the command as it was typed.
///
/// ```
/// +OK             {"SET":[true,"OK"]}          *2 $1 a :5     {"EVAL":["a",5]}
/// -ERR no         {"GET":[false,"ERR no"]}     %1 $1 f $1 v   {"HGETALL":{"f":"v"}}
/// $-1, *-1, _     {"GET":null}                 ,1.5  ,inf     {"X":1.5}  {"X":"inf"}
/// ```
/// Compact, members in the order of the reply, text as ``JSONText`` spells it; clients compare these bytes, and ETags
/// are made of them. Within an aggregate a status is a string, an error still `[false,"…"]`. A map's keys are strings:
/// what is none is spelled as its text. Attributes are left out. Some commands are arranged specially: ``ReplyShape``.
public enum JSONRenderer {
    /// Appends the object for `reply`, the complete reply of the command called `name`.
    public static func append(
        _ reply: Span<UInt8>, command name: Span<UInt8>, rules: RenderRules = RenderRules(), to output: inout [UInt8]
    ) -> RenderOutcome {
        let start = output.count
        var writer = JSONWriter(rules: rules)
        output.append(UInt8(ascii: "{"))
        writer.text(name, to: &output)
        output.append(UInt8(ascii: ":"))
        guard writer.reply(reply, shape: ReplyShape(command: name), to: &output) else {
            output.removeSubrange(start...)
            return .unrenderable
        }
        output.append(UInt8(ascii: "}"))
        return writer.replaced ? .renderedWithReplacements : .rendered
    }
}
