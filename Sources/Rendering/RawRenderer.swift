import Bytes

/// A reply as it stands on the wire: RESP2 or RESP3, whichever the upstream speaks. To Webdis's clients, ``WebdisRaw``.
public enum RawRenderer {
    /// Appends `reply`, which must be one complete reply.
    public static func append(
        _ reply: Span<UInt8>, rules: RenderRules = RenderRules(), to output: inout [UInt8]
    ) -> RenderOutcome {
        guard reply.count > 0 else { return .unrenderable }
        if rules.isWebdis { return WebdisRaw.append(reply, to: &output) }
        output.append(reply)
        return .rendered
    }
}
