/// An error of Redis as it may be logged.
public enum ErrorText {
    /// `text` without the arguments that Redis quotes of a command that it does not know, as it does of an AUTH that was
    /// renamed or switched off: a password may be among them.
    public static func withoutArguments(_ text: String) -> String {
        guard let range = text.firstRange(of: ", with args") else { return text }
        return String(text[..<range.lowerBound])
    }
}
