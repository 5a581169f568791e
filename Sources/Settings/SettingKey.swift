import Bytes

/// One setting: its names in the file, on the command line and in the environment, its type, default and meaning.
///
/// The list ``all`` is the single source of parsing, help, the printed configuration and the documentation.
package struct SettingKey: Sendable {
    /// Where it stands in the file: `http.max_body`.
    package let path: String
    /// The flag without its dashes: `http-max-body`. A few have a shorter one than their path spells.
    package let flag: String
    /// All of its flags: the one above, and the one that its path spells.
    package let flags: [String]
    package let type: SettingType
    /// The text that holds where nobody gives one, in the form that the file takes; empty for none.
    package let defaultText: String
    /// What it sets, in one line.
    package let summary: String

    init(_ path: String, flag: String? = nil, _ type: SettingType, default defaultText: String, _ summary: String) {
        self.path = path
        let spelled = String(path.map { $0 == "." || $0 == "_" ? "-" : $0 })
        self.flag = flag ?? spelled
        flags = self.flag == spelled ? [spelled] : [self.flag, spelled]
        self.type = type
        self.defaultText = defaultText
        self.summary = summary
    }

    /// The environment variables, one for each flag: `MASTERGATE_HTTP_MAX_BODY`.
    package var environmentNames: [String] {
        flags.map { flag in
            let bytes = flag.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : ASCII.uppercased($0) }
            return Self.environmentPrefix + String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The part of ``path`` before the dot; nil for a key at the top.
    package var section: String? { path.split(separator: ".").count > 1 ? path.split(separator: ".").first.map(String.init) : nil }

    /// The line of a help text: meaning, default, variable.
    package var help: String {
        let shown = defaultText.isEmpty ? "" : "default: \(defaultText); "
        return "\(summary) (\(shown)\(environmentNames.joined(separator: " or ")))"
    }

    /// What all environment variables begin with.
    package static let environmentPrefix = "MASTERGATE_"

    /// Every setting there is, in the order in which they are printed.
    package static let all: [SettingKey] =
        upstreamKeys + sentinelKeys + redisKeys + listenKeys + httpKeys + adminKeys + clientKeys + processKeys

    /// The setting at `path`.
    static func named(_ path: String) -> SettingKey? { byPath[path] }

    private static let byPath = Dictionary(all.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })

    /// The names of the sections.
    static let sections = Set(all.compactMap(\.section))
}

/// Bounds that several settings share.
enum SettingBounds {
    /// A day: no wait is longer.
    static let durationMax = 86_400_000
    /// From one millisecond to an hour: waits that must end.
    static let wait = 1...3_600_000
    /// From none to a day: times that may be switched off by 0.
    static let optionalWait = 0...durationMax
    /// Redis's own bound of a bulk string is 512 MB by default and can be raised; 4 GB is ours.
    static let sizeMax = 4 << 30
    static let countMax = 1_000_000
}
