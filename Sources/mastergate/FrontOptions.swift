import ArgumentParser
import Settings

/// Flags about who connects to us, where and how much.
struct FrontOptions: ParsableArguments {
    @Option(.listenAddress) var listenAddress: [String]
    @Option(.listenUnixMode) var listenUnixMode: String?
    @Option(.listenAllow) var listenAllow: [String]
    @Option(.listenMaxClients) var listenMaxClients: String?
    @Option(.listenIdleTimeout) var listenIdleTimeout: String?
    @Option(.listenMaxBulk) var listenMaxBulk: String?
    @Option(.listenMaxArguments) var listenMaxArguments: String?
    @Option(.listenMaxInline) var listenMaxInline: String?
    @Option(.listenMaxRequestBeforeAuth) var listenMaxRequestBeforeAuth: String?
    @Option(.listenMaxNesting) var listenMaxNesting: String?
    @Option(.listenMaxPipeline) var listenMaxPipeline: String?
    @Option(.listenProxyProtocol) var listenProxyProtocol: String?
    @Option(.listenProxyProtocolFrom) var listenProxyProtocolFrom: [String]
    @Option(.listenTLSAddress) var listenTLSAddress: [String]
    @Option(.listenTLSCert) var listenTLSCert: String?
    @Option(.listenTLSKey) var listenTLSKey: String?
    @Option(.listenTLSClientCA) var listenTLSClientCA: String?
    @Option(.listenTLSClientAuth) var listenTLSClientAuth: String?
    @Option(.listenTLSMinVersion) var listenTLSMinVersion: String?
    @Option(.listenTLSCiphers) var listenTLSCiphers: String?
    @Option(.listenTLSCiphersuites) var listenTLSCiphersuites: String?
    @Option(.httpAddress) var httpAddress: [String]
    @Option(.httpUnixMode) var httpUnixMode: String?
    @Option(.httpAllow) var httpAllow: [String]
    @Option(.httpUser) var httpUser: String?
    @Option(.httpPassword) var httpPassword: String?
    @Option(.httpPasswords) var httpPasswords: [String]
    @Option(.httpMaxClients) var httpMaxClients: String?
    @Option(.httpMaxHead) var httpMaxHead: String?
    @Option(.httpMaxRequestLine) var httpMaxRequestLine: String?
    @Option(.httpMaxHeaders) var httpMaxHeaders: String?
    @Option(.httpMaxBody) var httpMaxBody: String?
    @Option(.httpMaxReply) var httpMaxReply: String?
    @Option(.httpHeaderTimeout) var httpHeaderTimeout: String?
    @Option(.httpIdleTimeout) var httpIdleTimeout: String?
    @Option(.httpMaxPipeline) var httpMaxPipeline: String?
    @Option(.httpHTTP2) var httpHTTP2: String?
    @Option(.httpHTTP2Streams) var httpHTTP2Streams: String?
    @Option(.httpTLSAddress) var httpTLSAddress: [String]
    @Option(.httpTLSCert) var httpTLSCert: String?
    @Option(.httpTLSKey) var httpTLSKey: String?
    @Option(.httpTLSClientCA) var httpTLSClientCA: String?
    @Option(.httpTLSClientAuth) var httpTLSClientAuth: String?
    @Option(.httpTLSMinVersion) var httpTLSMinVersion: String?
    @Option(.httpTLSCiphers) var httpTLSCiphers: String?
    @Option(.httpTLSCiphersuites) var httpTLSCiphersuites: String?
    @Option(.adminAddress) var adminAddress: String?
    @Option(.adminAllow) var adminAllow: [String]
    @Option(.adminCommandsAllow) var adminCommandsAllow: [String]
    @Option(.adminHosts) var adminHosts: [String]
    @Option(.adminToken) var adminToken: String?
    @Option(.clientUser) var clientUser: String?
    @Option(.clientPassword) var clientPassword: String?
    @Option(.clientPasswords) var clientPasswords: [String]
    @Option(.clientAllow) var clientAllow: [String]
    @Option(.clientLargeReply) var clientLargeReply: String?
    @Option(.clientOutputLimit) var clientOutputLimit: String?
    @Option(.clientOutputGrace) var clientOutputGrace: String?
    @Option(.clientHandshakeTimeout) var clientHandshakeTimeout: String?
    @Option(.clientLoginTimeout) var clientLoginTimeout: String?

    /// The flags given, with their values.
    var given: [(flag: String, value: String)] {
        var flags = GivenFlags()
        flags.add(.listenAddress, listenAddress)
        flags.add(.listenUnixMode, listenUnixMode)
        flags.add(.listenAllow, listenAllow)
        flags.add(.listenMaxClients, listenMaxClients)
        flags.add(.listenIdleTimeout, listenIdleTimeout)
        flags.add(.listenMaxBulk, listenMaxBulk)
        flags.add(.listenMaxArguments, listenMaxArguments)
        flags.add(.listenMaxInline, listenMaxInline)
        flags.add(.listenMaxRequestBeforeAuth, listenMaxRequestBeforeAuth)
        flags.add(.listenMaxNesting, listenMaxNesting)
        flags.add(.listenMaxPipeline, listenMaxPipeline)
        flags.add(.listenProxyProtocol, listenProxyProtocol)
        flags.add(.listenProxyProtocolFrom, listenProxyProtocolFrom)
        flags.add(.listenTLSAddress, listenTLSAddress)
        flags.add(.listenTLSCert, listenTLSCert)
        flags.add(.listenTLSKey, listenTLSKey)
        flags.add(.listenTLSClientCA, listenTLSClientCA)
        flags.add(.listenTLSClientAuth, listenTLSClientAuth)
        flags.add(.listenTLSMinVersion, listenTLSMinVersion)
        flags.add(.listenTLSCiphers, listenTLSCiphers)
        flags.add(.listenTLSCiphersuites, listenTLSCiphersuites)
        flags.add(.httpAddress, httpAddress)
        flags.add(.httpUnixMode, httpUnixMode)
        flags.add(.httpAllow, httpAllow)
        flags.add(.httpUser, httpUser)
        flags.add(.httpPassword, httpPassword)
        flags.add(.httpPasswords, httpPasswords)
        flags.add(.httpMaxClients, httpMaxClients)
        flags.add(.httpMaxHead, httpMaxHead)
        flags.add(.httpMaxRequestLine, httpMaxRequestLine)
        flags.add(.httpMaxHeaders, httpMaxHeaders)
        flags.add(.httpMaxBody, httpMaxBody)
        flags.add(.httpMaxReply, httpMaxReply)
        flags.add(.httpHeaderTimeout, httpHeaderTimeout)
        flags.add(.httpIdleTimeout, httpIdleTimeout)
        flags.add(.httpMaxPipeline, httpMaxPipeline)
        flags.add(.httpHTTP2, httpHTTP2)
        flags.add(.httpHTTP2Streams, httpHTTP2Streams)
        flags.add(.httpTLSAddress, httpTLSAddress)
        flags.add(.httpTLSCert, httpTLSCert)
        flags.add(.httpTLSKey, httpTLSKey)
        flags.add(.httpTLSClientCA, httpTLSClientCA)
        flags.add(.httpTLSClientAuth, httpTLSClientAuth)
        flags.add(.httpTLSMinVersion, httpTLSMinVersion)
        flags.add(.httpTLSCiphers, httpTLSCiphers)
        flags.add(.httpTLSCiphersuites, httpTLSCiphersuites)
        flags.add(.adminAddress, adminAddress)
        flags.add(.adminAllow, adminAllow)
        flags.add(.adminCommandsAllow, adminCommandsAllow)
        flags.add(.adminHosts, adminHosts)
        flags.add(.adminToken, adminToken)
        flags.add(.clientUser, clientUser)
        flags.add(.clientPassword, clientPassword)
        flags.add(.clientPasswords, clientPasswords)
        flags.add(.clientAllow, clientAllow)
        flags.add(.clientLargeReply, clientLargeReply)
        flags.add(.clientOutputLimit, clientOutputLimit)
        flags.add(.clientOutputGrace, clientOutputGrace)
        flags.add(.clientHandshakeTimeout, clientHandshakeTimeout)
        flags.add(.clientLoginTimeout, clientLoginTimeout)
        return flags.all
    }
}
