/// What may be chosen about the look of replies, apart from the format.
public struct RenderRules: Equatable, Sendable {
    /// Whether replies look as Webdis writes them, to the byte, wherever Webdis means what it writes.
    ///
    /// All that differs:
    ///
    /// | format | ours | Webdis's |
    /// |---|---|---|
    /// | `.xml` | a document with types, ``XMLRenderer`` | text, as the other text formats: ``RenderFormat/renderer(_:)`` |
    /// | JSON, an error within an aggregate | `[false,"ERR …"]` | `null` |
    /// | MessagePack, an error within an aggregate | `[false,"ERR …"]` | nil |
    /// | `.raw`, the protocol | the upstream's | RESP2, which is all that Webdis's clients know |
    /// | `.raw`, an integer in a flat array | `:5` | a bulk string, `$1 5`: ``WebdisRaw`` |
    ///
    /// The text formats are the same in both: a nil element has neither text nor separator, but counts for the next
    /// separator. Webdis's faults (64-bit integers cut, elements lost or nil, text cut at NUL or gone for not being UTF-8,
    /// INFO's headings glued to keys, maps announced with wrong counts) are not among the differences: nobody gets them.
    public var isWebdis: Bool

    /// Whether JSON carries every string of the reply, values and keys alike, in base64, so that binary data stays whole.
    ///
    /// Statuses, errors and numbers stay as they are, and so do the names that are not the reply's: the command's and those
    /// of the special arrangements (`id`, `msg`, …). The other formats keep binary data anyway and take no notice.
    public var isBase64: Bool

    public init(isWebdis: Bool = false, isBase64: Bool = false) {
        self.isWebdis = isWebdis
        self.isBase64 = isBase64
    }
}
