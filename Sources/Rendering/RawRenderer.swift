import Bytes

/// A reply as it stands on the wire: RESP2 or RESP3, whichever the upstream speaks.
///
/// Webdis leaves out or misspells nested arrays, large integers and nil arrays here; this does not.
package enum RawRenderer {
    /// Appends `reply`, which must be one complete reply.
    package static func append(_ reply: Span<UInt8>, to output: inout [UInt8]) -> RenderOutcome {
        guard reply.count > 0 else { return .unrenderable }
        output.append(reply)
        return .rendered
    }
}
