extension SettingKey {
    package static let httpAddress = SettingKey(
        "http.address", flag: "http", .listeners, default: ":7379",
        "Where HTTP clients connect: [MASTERNAME=]address:port,unix:/path,... or off")
    package static let httpUnixMode = unixMode("http.unix_mode")

    static func unixMode(_ path: String) -> SettingKey {
        SettingKey(path, .fileMode, default: "0770", "Who may connect to a Unix socket: the mode of its file")
    }

    package static let httpAllow = SettingKey(
        "http.allow", .ranges, default: "", "Who may connect over HTTP; overrides client.allow")
    package static let httpUser = SettingKey("http.user", .text, default: "", "The user that HTTP clients must show")
    package static let httpPassword = SettingKey(
        "http.password", .secret, default: "", "The password that HTTP clients must show; overrides client.password")
    package static let httpPasswords = SettingKey(
        "http.passwords", .secrets, default: "", "Further passwords of HTTP clients that do as well; overrides client.passwords, as http.password does")
    package static let httpMaxClients = SettingKey(
        "http.max_clients", .integer(1...SettingBounds.countMax), default: "10000", "HTTP connections at a time")
    package static let httpMaxHead = SettingKey(
        "http.max_head", .size(512...1 << 20), default: "80kb", "The longest head of a request: its line and its fields")
    package static let httpMaxRequestLine = SettingKey(
        "http.max_request_line", .size(64...1 << 20), default: "64kb", "The longest request line")
    package static let httpMaxHeaders = SettingKey(
        "http.max_headers", .integer(1...10_000), default: "100", "The most fields of a request's head")
    package static let httpMaxBody = SettingKey(
        "http.max_body", .size(0...SettingBounds.sizeMax), default: "128mb", "The longest body of a request")
    package static let httpMaxReply = SettingKey(
        "http.max_reply", .size(1024...SettingBounds.sizeMax), default: "512mb", "The longest reply of Redis that is rendered")
    package static let httpHeaderTimeout = SettingKey(
        "http.header_timeout", .duration(SettingBounds.wait), default: "10s", "How long a request's head may take to arrive")
    package static let httpIdleTimeout = SettingKey(
        "http.idle_timeout", .duration(SettingBounds.optionalWait), default: "75s", "Close a connection idle for so long; 0 for never")
    package static let httpMaxPipeline = SettingKey(
        "http.max_pipeline", .integer(1...10_000), default: "64", "Requests of one connection in flight before reading stops")

    package static let httpHTTP2 = SettingKey(
        "http.http2", .boolean, default: "true", "Whether HTTP/2 is spoken too: over TLS where the client offers it, and to who begins with it in the clear; with the dialect webdis only where this is set")
    package static let httpHTTP2Streams = SettingKey(
        "http.http2_streams", .integer(1...SettingBounds.countMax), default: "100", "Requests of one HTTP/2 connection that may be under way, streams of events included")

    static let httpKeys: [SettingKey] = [
        httpAddress, httpUnixMode, httpAllow, httpUser, httpPassword, httpPasswords, httpMaxClients, httpMaxHead, httpMaxRequestLine, httpMaxHeaders,
        httpMaxBody, httpMaxReply, httpHeaderTimeout, httpIdleTimeout, httpMaxPipeline, httpHTTP2, httpHTTP2Streams,
    ] + gatewayKeys + httpTLSKeys
}
