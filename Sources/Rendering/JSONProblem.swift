/// Why a client's JSON cannot be used.
public struct JSONProblem: Error, Sendable {
    /// The byte of the text where it shows.
    public let offset: Int
    /// What is wrong, in the words for an answer.
    public let reason: StaticString
}
