import CYAML

/// Builds a tree with places from YAML, by libyaml's events.
///
/// Refused, with the place: anchors and aliases (they let a small text grow without bound), tags, several documents,
/// keys that are no scalars. Depth, nodes and bytes are bounded. A key given twice is an error that does not stop the
/// reading, so that others are found as well.
struct YAMLReader: ~Copyable {
    static let bytesMax = 1 << 20
    static let nodesMax = 20_000
    static let depthMax = 8

    /// On the heap, as libyaml keeps the parser's own address in it.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var nodes = 0
    private var duplicates: [YAMLError] = []

    /// The tree of `bytes`, nil for an empty document, and the keys given twice.
    static func read(_ bytes: [UInt8]) throws(YAMLError) -> (root: YAMLNode?, duplicates: [YAMLError]) {
        let start = YAMLPlace(line: 1, column: 1)
        guard bytes.count <= bytesMax else { throw YAMLError(place: start, message: "is longer than \(bytesMax) bytes") }
        guard var reader = YAMLReader() else { throw YAMLError(place: start, message: "no memory for reading YAML") }
        // libyaml reads from the bytes as events are asked for, so all of it happens while they are pinned.
        let result = bytes.withUnsafeBufferPointer { input -> Result<YAMLNode?, YAMLError> in
            yaml_parser_set_input_string(reader.parser, input.baseAddress, input.count)
            do throws(YAMLError) { return .success(try reader.document()) } catch { return .failure(error) }
        }
        return (try result.get(), reader.duplicates)
    }

    private init?() {
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    private mutating func document() throws(YAMLError) -> YAMLNode? {
        var root: YAMLNode?
        var documents = 0
        while true {
            let next = try event()
            switch next.kind {
            case .streamStart, .documentEnd: continue
            case .streamEnd: return root
            case .documentStart:
                documents += 1
                guard documents == 1 else { throw YAMLError(place: next.place, message: "only one document is read") }
            default: root = try node(next, depth: 0, path: "")
            }
        }
    }

    private mutating func node(_ event: YAMLEvent, depth: Int, path: String) throws(YAMLError) -> YAMLNode {
        nodes += 1
        guard nodes <= Self.nodesMax else { throw YAMLError(place: event.place, message: "more than \(Self.nodesMax) values") }
        guard depth < Self.depthMax else {
            throw YAMLError(place: event.place, key: path, message: "nested deeper than \(Self.depthMax) levels")
        }
        if let unsupported = event.unsupported {
            throw YAMLError(place: event.place, key: path, message: "\(unsupported) are not supported")
        }
        switch event.kind {
        case .scalar(let text, let isPlain):
            let isNull = isPlain && (text.isEmpty || text == "~" || text == "null")
            return YAMLNode(content: isNull ? .null : .scalar(text), place: event.place)
        case .sequenceStart:
            var items: [YAMLNode] = []
            while true {
                let next = try self.event()
                if case .sequenceEnd = next.kind { return YAMLNode(content: .sequence(items), place: event.place) }
                items.append(try node(next, depth: depth + 1, path: path))
            }
        case .mappingStart:
            return YAMLNode(content: .mapping(try entries(depth: depth, path: path)), place: event.place)
        default: throw YAMLError(place: event.place, message: "unexpected end")
        }
    }

    private mutating func entries(depth: Int, path: String) throws(YAMLError) -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var places: [String: YAMLPlace] = [:]
        while true {
            let next = try event()
            if case .mappingEnd = next.kind { return entries }
            if let unsupported = next.unsupported {
                throw YAMLError(place: next.place, key: path, message: "\(unsupported) are not supported")
            }
            guard case .scalar(let key, _) = next.kind else {
                throw YAMLError(place: next.place, key: path, message: "a key must be text")
            }
            let full = path.isEmpty ? key : path + "." + key
            let value = try node(try event(), depth: depth + 1, path: full)
            if let first = places[key] {
                let message = "given twice; first in line \(first.line)"
                duplicates.append(YAMLError(place: next.place, key: full, message: message))
            } else {
                places[key] = next.place
                entries.append(YAMLNode.Entry(key: key, keyPlace: next.place, value: value))
            }
        }
    }

    private func event() throws(YAMLError) -> YAMLEvent {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else { throw failure() }
        defer { yaml_event_delete(&raw) }
        return YAMLEvent(raw)
    }

    /// libyaml's complaint, in its words.
    private func failure() -> YAMLError {
        let mark = parser.pointee.problem_mark
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "out of memory"
        let context = parser.pointee.context.map { " (\(String(cString: $0)))" } ?? ""
        if parser.pointee.error == YAML_READER_ERROR {
            // Reader errors carry a byte offset instead of a place.
            let message = "\(problem) at byte \(parser.pointee.problem_offset)"
            return YAMLError(place: YAMLPlace(line: 1, column: 1), message: "no YAML: \(message)")
        }
        return YAMLError(place: YAMLPlace(mark), message: "no YAML: \(problem)\(context)")
    }
}
