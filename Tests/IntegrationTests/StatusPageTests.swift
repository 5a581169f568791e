import Bytes
import EventLoop
import Foundation
import LocalCluster
import RESP
import Testing

extension RealServers {
    @Suite struct TheStatusPage {
        @Test func itShowsTheMasterAndAfterAFailoverTheNewOneAndTellsBrowsersSo() throws {
            let cluster = try LocalCluster.started()
            let proxy = try cluster.mastergate(["--redis-client-name", "secret-looking<b>"])
            try proxy.awaitReady()
            let old = cluster.servers[0].port
            let page = try proxy.admin("/")
            #expect(page.status == 200)
            #expect(page.fields["content-type"] == "text/html; charset=utf-8")
            #expect(page.fields["content-security-policy"]?.hasPrefix("default-src 'none';") == true)
            #expect(page.text.contains("127.0.0.1:\(old)</h1>"))
            #expect(page.text.contains("client_name: secret-looking&lt;b&gt;") || page.text.contains("secret-looking&lt;b&gt;"))

            let events = try BlockingStream(SocketAddress(try #require(IPAddress("127.0.0.1")), port: proxy.adminPort), timeoutMilliseconds: 20_000)
            try events.write(Array("GET /events HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            cluster.servers[0].process?.kill9()
            let new = try cluster.awaitSwitch(from: old)
            try Patience.wait("the page to show the new master") { try proxy.admin("/?part=body").text.contains("127.0.0.1:\(new)</h1>") }
            var told = ""
            while !told.contains("data: changed\n\n") {
                let more = try events.read()
                guard !more.isEmpty else { break }
                told += String(decoding: more, as: UTF8.self)
            }
            #expect(told.contains("Content-Type: text/event-stream") && told.contains("data: changed\n\n"))

            let facts = try #require(try JSONSerialization.jsonObject(with: Data(proxy.admin("/?format=json").body)) as? [String: Any])
            #expect(((facts["masters"] as? [[String: Any]])?.first)?["master"] as? String == "127.0.0.1:\(new)")
            #expect(facts["state"] as? String == "serving")
            #expect((facts["configuration"] as? String)?.contains("sentinel:") == true)
            #expect((facts["problems"] as? [String])?.isEmpty == false)
        }

        @Test func passwordsAreMaskedInIt() throws {
            let redis = try RedisServer()
            let proxy = try redis.mastergate(["--client-password", "hunter2hunter2"])
            for path in ["/", "/?format=json"] {
                let text = try proxy.admin(path).text
                #expect(text.contains("password"))
                #expect(!text.contains("hunter2"))
            }
        }
    }
}
