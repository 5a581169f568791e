import Rendering
import Testing

@testable import mastergate

@Suite struct StatusReportTests {
    private func report(_ json: String) throws -> String {
        StatusReport.text(try JSONValue(Array(json.utf8).span), nowMilliseconds: 1_764_225_000_000)
    }

    @Test func aWholeMasterIsToldInLines() throws {
        let text = try report(
            """
            {"ready":true,"masters":[{"name":"mymaster","master":"r1:6379","epoch":3,"since_ms":1764213900000,"answering":true,
            "majority":2,"paused":false,
            "replicas":[{"online":true,"lag_bytes":0,"address":"r2:6379"},{"online":false,"lag_bytes":null,"address":"redis-33:6379"}],
            "sentinels":[{"answering":true,"subscribed":true,"epoch":3,"address":"s1:26379","claim":"r1:6379","last_event":"+switch-master x"},
            {"answering":false,"subscribed":false,"epoch":null,"address":"s2:26379","claim":null,"last_event":null}],
            "failovers":[{"began_ms":1764213899000,"old":"r2:6379","new":"r1:6379","switched_after_ms":1080,"clients_held":4,
            "run_again":1,"refused":0,"unknown":2}]}]}
            """)
        #expect(
            text == """
                mymaster: r1:6379 is the master since 2025-11-27 03:25:00Z (3 h 5 min), epoch 3, answering
                  sentinels: 1 of 2 answer; a majority is 2
                    s1:26379  says r1:6379, epoch 3                   last: +switch-master x
                    s2:26379  says nothing           does not answer
                  replicas: 1 of 2 online
                    r2:6379        online      0 bytes behind
                    redis-33:6379  not online  lag unknown
                  failovers: 1
                    2025-11-27 03:24:59Z  r2:6379 -> r1:6379  after 1080 ms  clients held 4, run again 1, refused 0, unknown 2

                """)
    }

    @Test func theLastFailoversComeFirstAndAreCounted() throws {
        let records = (1...7).map { "{\"began_ms\":\($0)000,\"old\":\"a\",\"new\":null,\"switched_after_ms\":null}" }
        let text = try report("{\"masters\":[{\"name\":\"m\",\"failovers\":[\(records.joined(separator: ","))]}]}")
        #expect(text.contains("failovers: the last 5 of 7\n    1970-01-01 00:00:07Z  a -> not yet known  not switched"))
        #expect(!text.contains("00:00:02Z"))
    }

    @Test func whatIsMissingIsSaidOrLeftOut() throws {
        #expect(try report("{}") == "")
        #expect(
            try report(#"{"masters":[{"name":"m","master":null,"unavailable":"no master found yet"},{"name":"n","master":"r:1","since_ms":1764224999500,"paused":true}]}"#)
                == """
                m: no master known
                  not served: no master found yet

                n: r:1 is the master since 2025-11-27 06:29:59Z (0 s), NOT answering
                  paused: commands wait for mastergate resume

                """)
    }
}
