/// Why a client's JSON cannot be used.
package struct JSONProblem: Error, Sendable {
    /// The byte of the text where it shows.
    package let offset: Int
    /// What is wrong, in the words for an answer.
    package let reason: StaticString
}
