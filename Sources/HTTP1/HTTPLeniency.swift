/// Departures from RFC 9112 that Webdis's parser lets pass and its clients may rely on.
///
/// None of them concerns the framing of a body: what two parsers could read in two ways stays refused.
public struct HTTPLeniency: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A line may end without its carriage return, as section 2.2 allows.
    public static let bareLineFeeds = HTTPLeniency(rawValue: 1)
    /// HTTP/1.1 without `Host`.
    public static let missingHost = HTTPLeniency(rawValue: 2)
    /// A request line without a version, or with another one: served as HTTP/1.0 or 1.1, and the connection closes.
    public static let otherVersions = HTTPLeniency(rawValue: 4)
    /// A header line without a colon is passed over.
    public static let linesWithoutColon = HTTPLeniency(rawValue: 8)

    /// More than one space between the parts of the request line.
    public static let extraSpaces = HTTPLeniency(rawValue: 16)

    public static let webdis: HTTPLeniency = [.extraSpaces, .bareLineFeeds, .missingHost, .otherVersions, .linesWithoutColon]
}
