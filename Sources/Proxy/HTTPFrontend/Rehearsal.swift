import EventLoop
import Gateway
import HTTP1

extension Worker {
    /// Reads a request that nobody has sent and writes its response to nobody, so that the code which the first client
    /// needs is in memory when it comes: the end of the start has given those pages back too (``StartupPages``).
    func rehearse() {
        var parser = RequestHeadParser(limits: gatewayRules.limits)
        let request = Array("GET /GET/key HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        _ = parser.parse(request.span)
        _ = HTTPIntake()
        let reply = Array("$-1\r\n".utf8)
        var response: [UInt8] = []
        _ = GatewayResponse.append(ReplyPresentation(), reply: reply.span, gatewayRules, to: &response)
    }
}
