import Bytes

/// What may stand before the parenthesis of a JSONP response: a path of JavaScript identifiers, such as `app.replies[0].take`.
///
/// Anything else would let a link make this server send a script of the link's author.
enum CallbackName {
    /// Whether `name` is such a path. The empty name is one: the response is then just an expression, as in Webdis.
    ///
    /// - Parameter allowsEscapes: whether `%` and two digits may stand there as well, as Webdis decodes no callback's name.
    static func isValid(_ name: Span<UInt8>, allowsEscapes: Bool = false) -> Bool {
        if name.count == 0 { return true }
        var index = 0
        while true {
            guard index < name.count, isIdentifier(name[index], allowsEscapes), !ASCII.isDigit(name[index]) else { return false }
            while index < name.count, isIdentifier(name[index], allowsEscapes) { index &+= 1 }
            while index < name.count, name[index] == UInt8(ascii: "[") {
                let digits = index &+ 1
                index = digits
                while index < name.count, ASCII.isDigit(name[index]) { index &+= 1 }
                guard index > digits, index < name.count, name[index] == UInt8(ascii: "]") else { return false }
                index &+= 1
            }
            if index == name.count { return true }
            guard name[index] == UInt8(ascii: ".") else { return false }
            index &+= 1
        }
    }

    private static func isIdentifier(_ byte: UInt8, _ allowsEscapes: Bool) -> Bool {
        if allowsEscapes, byte == UInt8(ascii: "%") { return true }
        let letter = ASCII.lowercased(byte) &- UInt8(ascii: "a")
        return letter < 26 || ASCII.isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$")
    }
}
