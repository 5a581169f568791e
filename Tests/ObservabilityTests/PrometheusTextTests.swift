import Observability
import Testing

@Suite("Prometheus text") struct PrometheusTextTests {
    @Test("a metric is its help, its type and its samples, a line each")
    func format() {
        var page = PrometheusText()
        page.metric("mastergate_commands_total", .counter, "Commands taken from clients.")
        page.sample("mastergate_commands_total", 12)
        page.metric("mastergate_connections", .gauge, "Open connections.")
        page.sample("mastergate_connections", labels: [("front", "resp"), ("loop", "0")], 3)
        page.sample("mastergate_connections", labels: [("front", "http")], -1)
        #expect(
            page.text == """
                # HELP mastergate_commands_total Commands taken from clients.
                # TYPE mastergate_commands_total counter
                mastergate_commands_total 12
                # HELP mastergate_connections Open connections.
                # TYPE mastergate_connections gauge
                mastergate_connections{front="resp",loop="0"} 3
                mastergate_connections{front="http"} -1

                """)
    }

    @Test("a page without metrics is empty")
    func empty() { #expect(PrometheusText().text.isEmpty) }

    @Test(
        "label values are escaped as the format asks",
        arguments: [
            (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("\\\"\n", #"\\\"\n"#), ("\\n", #"\\n"#), ("é{},=", "é{},="), ("", ""), ("a\r\nb", "a\r\\nb"),
        ])
    func escaping(value: String, escaped: String) {
        var page = PrometheusText()
        page.sample("m", labels: [("l", value)], 1)
        #expect(Array(page.text.utf8) == Array("m{l=\"\(escaped)\"} 1\n".utf8))
    }

    @Test("the largest and the smallest number are written whole")
    func extremes() {
        var page = PrometheusText()
        page.sample("m", .max)
        page.sample("m", .min)
        #expect(page.text == "m 9223372036854775807\nm -9223372036854775808\n")
    }
}
