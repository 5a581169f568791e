import Testing

@testable import Rendering

@Suite("JSON") struct JSONRendererTests {
    @Test(
        "replies of RESP2 are Webdis's bytes",
        arguments: [
            ("SET", "+OK\r\n", #"{"SET":[true,"OK"]}"#), ("pInG", "+PONG\r\n", #"{"pInG":[true,"PONG"]}"#),
            ("GET", "-ERR wrong number of arguments for 'get' command\r\n", #"{"GET":[false,"ERR wrong number of arguments for 'get' command"]}"#),
            ("INCR", ":1\r\n", #"{"INCR":1}"#), ("DECRBY", ":-42\r\n", #"{"DECRBY":-42}"#),
            ("INCRBY", ":9223372036854775807\r\n", #"{"INCRBY":9223372036854775807}"#), ("X", ":-9223372036854775808\r\n", #"{"X":-9223372036854775808}"#),
            ("GET", "$11\r\nhello world\r\n", #"{"GET":"hello world"}"#), ("GET", "$0\r\n\r\n", #"{"GET":""}"#), ("GET", "$-1\r\n", #"{"GET":null}"#),
            ("LPOP", "*-1\r\n", #"{"LPOP":null}"#), ("LRANGE", "*0\r\n", #"{"LRANGE":[]}"#),
            ("LRANGE", "*4\r\n$1\r\na\r\n$0\r\n\r\n$3\r\nc d\r\n$15\r\nhéllo ✓ 🎉\r\n", #"{"LRANGE":["a","","c d","héllo ✓ 🎉"]}"#),
            ("MGET", "*3\r\n$1\r\nv\r\n$-1\r\n$1\r\nv\r\n", #"{"MGET":["v",null,"v"]}"#), ("SMISMEMBER", "*2\r\n:1\r\n:0\r\n", #"{"SMISMEMBER":[1,0]}"#),
            ("EVAL", "*4\r\n:1\r\n*3\r\n:2\r\n$1\r\nx\r\n*1\r\n$4\r\ndeep\r\n$1\r\ny\r\n*0\r\n", #"{"EVAL":[1,[2,"x",["deep"]],"y",[]]}"#),
            ("EVAL", "*2\r\n+fine\r\n$1\r\nx\r\n", #"{"EVAL":["fine","x"]}"#), ("EVAL", "*2\r\n$1\r\nx\r\n-bad thing\r\n", #"{"EVAL":["x",[false,"bad thing"]]}"#),
            ("[\"GET\"]", ":1\r\n", #"{"[\"GET\"]":1}"#), ("HSCAN", "*2\r\n$1\r\n0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n", #"{"HSCAN":["0",["f","v"]]}"#),
        ])
    func respTwo(command: String, reply: String, expected: String) {
        #expect(json(reply, command: command) == expected)
        #expect(json(Array(reply.utf8), command: command).outcome == .rendered)
    }

    @Test(
        "replies of RESP3 keep what JSON can say of them",
        arguments: [
            ("_\r\n", "null"), ("#t\r\n", "true"), ("#f\r\n", "false"), (",1.5\r\n", "1.5"), (",-0\r\n", "-0"), (",1e+20\r\n", "1e+20"), (",10\r\n", "10"),
            (",inf\r\n", "\"inf\""), (",-inf\r\n", "\"-inf\""), (",nan\r\n", "\"nan\""), (",.5\r\n", "\".5\""), (",01\r\n", "\"01\""),
            ("(-3492890328409238509324850943850943825024385\r\n", "-3492890328409238509324850943850943825024385"), ("!7\r\nERR a\nb\r\n", #"[false,"ERR a\nb"]"#),
            ("=15\r\ntxt:Some string\r\n", "\"Some string\""), ("~2\r\n$1\r\na\r\n:1\r\n", #"["a",1]"#), (">2\r\n+message\r\n$1\r\nc\r\n", #"["message","c"]"#),
            ("%2\r\n$1\r\na\r\n:1\r\n+b\r\n*0\r\n", #"{"a":1,"b":[]}"#), ("%0\r\n", "{}"),
            ("%6\r\n:1\r\n:1\r\n,1.5\r\n:2\r\n#t\r\n:3\r\n_\r\n:4\r\n*2\r\n:1\r\n$1\r\na\r\n:5\r\n!1\r\ne\r\n:6\r\n", #"{"1":1,"1.5":2,"true":3,"null":4,"[1,\"a\"]":5,"e":6}"#),
            ("|1\r\n+ttl\r\n*1\r\n%?\r\n:1\r\n$?\r\n;1\r\na\r\n;0\r\n.\r\n$1\r\nv\r\n", "\"v\""), ("*1\r\n|1\r\n+a\r\n:1\r\n:7\r\n", "[7]"),
            ("$?\r\n;2\r\nab\r\n;1\r\nc\r\n;0\r\n", "\"abc\""), ("$?\r\n;0\r\n", "\"\""), ("*?\r\n:1\r\n*?\r\n.\r\n.\r\n", "[1,[]]"),
            ("%?\r\n+a\r\n:1\r\n+b\r\n:2\r\n.\r\n", #"{"a":1,"b":2}"#), ("~?\r\n.\r\n", "[]"),
        ])
    func respThree(reply: String, expected: String) {
        #expect(json(reply) == "{\"X\":\(expected)}")
    }

    @Test("a character cut by two chunks of a streamed string is whole again")
    func chunkedCharacter() {
        let reply = Array("$?\r\n;1\r\n".utf8) + [0xC3] + Array("\r\n;1\r\n".utf8) + [0xA9] + Array("\r\n;0\r\n".utf8)
        #expect(json(reply).text == "{\"X\":\"é\"}")
        #expect(json(reply).outcome == .rendered)
    }

    @Test(
        "HGETALL is an object, in the hash's order, whatever the command's case",
        arguments: [
            ("HGETALL", "*4\r\n$2\r\nf1\r\n$2\r\nv1\r\n$2\r\nf2\r\n$1\r\n2\r\n", #"{"HGETALL":{"f1":"v1","f2":"2"}}"#), ("hgetall", "*0\r\n", #"{"hgetall":{}}"#),
            ("HGETALL", "*2\r\n$2\r\nq\"\r\n$2\r\n'\\\r\n", #"{"HGETALL":{"q\"":"'\\"}}"#), ("HGETALL", "%1\r\n$1\r\nf\r\n$1\r\nv\r\n", #"{"HGETALL":{"f":"v"}}"#),
            ("HGETALL", "-WRONGTYPE no\r\n", #"{"HGETALL":[false,"WRONGTYPE no"]}"#), ("HGETALL", "*1\r\n$1\r\na\r\n", #"{"HGETALL":["a"]}"#),
            ("HMGET", "*2\r\n$1\r\nv\r\n$-1\r\n", #"{"HMGET":["v",null]}"#),
        ])
    func hash(command: String, reply: String, expected: String) {
        #expect(json(reply, command: command) == expected)
    }

    @Test(
        "INFO is an object without its section headings",
        arguments: [
            ("# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n", #"{"db0":"keys=1,expires=0,avg_ttl=0"}"#), ("# Cluster\r\ncluster_enabled:0\r\n", #"{"cluster_enabled":"0"}"#),
            ("", "{}"), ("# A\r\na:1\r\n\r\n# B\r\nb:c:d\r\nnocolon\r\ne:", #"{"a":"1","b":"c:d","e":""}"#), ("\n\n:\na:1", #"{"":"","a":"1"}"#),
        ])
    func information(text: String, expected: String) {
        #expect(json("$\(text.utf8.count)\r\n\(text)\r\n", command: "Info") == "{\"Info\":\(expected)}")
        #expect(json("=\(text.utf8.count + 4)\r\ntxt:\(text)\r\n", command: "Info") == "{\"Info\":\(expected)}")
    }
}

@Suite("JSON numbers") struct JSONNumberTests {
    @Test("are told from other text", arguments: ["0", "-0", "10", "1.5", "-1.25e10", "1E-5", "1e+5", "123456789012345678901234567890"])
    func numbers(text: String) {
        let isNumber = JSONNumber.isNumber(Array(text.utf8).span)
        #expect(isNumber)
    }

    @Test("have one grammar", arguments: ["", "-", "+1", "01", "-01", ".5", "1.", "1e", "1e+", "inf", "nan", "0x1", "1 ", " 1", "1.5.5", "--1", "1e5e5"])
    func others(text: String) {
        let isNumber = JSONNumber.isNumber(Array(text.utf8).span)
        #expect(!isNumber)
    }
}
