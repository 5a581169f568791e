/// A value of a YAML document that knows where it stands.
struct YAMLNode: Equatable, Sendable {
    enum Content: Equatable, Sendable {
        case scalar(String)
        /// A plain `~`, `null` or nothing at all.
        case null
        case sequence([YAMLNode])
        /// In the order written; no key twice.
        case mapping([Entry])
    }

    struct Entry: Equatable, Sendable {
        let key: String
        let keyPlace: YAMLPlace
        let value: YAMLNode
    }

    let content: Content
    let place: YAMLPlace

    /// What it is, for a sentence `found …`.
    var kind: String {
        switch content {
        case .scalar: "text"
        case .null: "nothing"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// A line and a column, both from 1.
struct YAMLPlace: Hashable, Sendable {
    let line: Int
    let column: Int
}

/// What is wrong with a YAML text as such.
struct YAMLError: Error, Hashable {
    let place: YAMLPlace
    /// The key concerned, if there is one.
    var key = ""
    let message: String
}
