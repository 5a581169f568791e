import Bytes

/// How a command's successful reply is arranged in JSON. Errors and nil look the same in every shape.
///
/// Webdis arranges a few commands specially. Each shape is one case here and one function that writes it.
enum JSONShape: Equatable, Sendable {
    /// As it stands: lists stay lists.
    case plain
    /// A flat list of fields and values as an object.
    case fieldsAndValues
    /// The text of INFO, `key:value` by line, as an object.
    case information

    init(command name: Span<UInt8>) {
        self =
            switch name.count {
            case 7 where ASCII.equalsIgnoringCase(name, "HGETALL"): .fieldsAndValues
            case 4 where ASCII.equalsIgnoringCase(name, "INFO"): .information
            default: .plain
            }
    }
}
