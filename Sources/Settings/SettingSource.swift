/// Where a setting's text came from, so that an error can point at it.
package enum SettingSource: Hashable, Sendable, CustomStringConvertible {
    /// Nobody gave it; the registry's default holds.
    case standard
    /// A place in the configuration file. Lines and columns count from 1.
    case file(name: String, line: Int, column: Int)
    /// The configuration file as a whole, where no place in it can be named.
    case wholeFile(name: String)
    /// An environment variable.
    case environment(String)
    /// A flag, with its dashes.
    case flag(String)

    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let name, let line, let column): "\(name):\(line):\(column)"
        case .wholeFile(let name): name
        case .environment(let name): name
        case .flag(let flag): flag
        }
    }
}
