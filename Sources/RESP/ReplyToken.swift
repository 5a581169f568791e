/// One step of a reply as it stands on the wire: a scalar, or the head of an aggregate whose elements follow.
///
/// Ranges are offsets into the bytes that the ``ReplyReader`` walks over.
/// Source: the RESP specification, https://redis.io/docs/latest/develop/reference/protocol-spec/
public enum ReplyToken: Equatable, Sendable {
    /// `+text`
    case simpleString(Range<Int>)
    /// `-text`; the text without its marker.
    case simpleError(Range<Int>)
    /// `:number`
    case integer(Int64)
    /// `$n`
    case bulkString(Range<Int>)
    /// `$-1`
    case nullBulkString
    /// `*-1`
    case nullArray
    /// RESP3 `_`
    case null
    /// RESP3 `#t` or `#f`
    case boolean(Bool)
    /// RESP3 `,` as written: digits, `inf`, `-inf` or `nan`.
    case double(Range<Int>)
    /// RESP3 `(`, as written.
    case bigNumber(Range<Int>)
    /// RESP3 `!n`; the text of an error that may hold line breaks.
    case bulkError(Range<Int>)
    /// RESP3 `=n`; three characters of format (`txt`, `mkd`) and the text after the colon.
    case verbatimString(format: Range<Int>, text: Range<Int>)
    /// `*n`: n elements follow.
    case array(count: Int)
    /// RESP3 `~n`: n elements follow.
    case set(count: Int)
    /// RESP3 `%n`: n keys and n values follow, in turns.
    case map(count: Int)
    /// RESP3 `|n`: n keys and n values follow, then the reply that they describe.
    case attribute(count: Int)
    /// RESP3 `>n`: n elements follow; out of band.
    case push(count: Int)
    /// RESP3 `*?`, `~?` or `%?`: elements follow until ``aggregateEnd``.
    case streamedArray
    case streamedSet
    case streamedMap
    /// RESP3 `.`: ends the innermost streamed aggregate.
    case aggregateEnd
    /// RESP3 `$?`: ``streamedChunk`` tokens follow until ``streamedStringEnd``.
    case streamedString
    /// RESP3 `;n` with n > 0.
    case streamedChunk(Range<Int>)
    /// RESP3 `;0`
    case streamedStringEnd
}
