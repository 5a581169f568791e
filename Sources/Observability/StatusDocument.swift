/// The status page: what an operator asks at three in the morning, in this order. It is whole without scripts; with them it
/// renews itself when something changes.
package enum StatusDocument {
    /// The whole document; `nonce` is what the Content-Security-Policy lets its style and its script in by.
    package static func html(_ facts: StatusFacts, nonce: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(HTMLText.escaped(title(facts)))</title><style nonce="\(nonce)">\(style)</style></head>
        <body><main id="page">\(body(facts))</main>
        <script nonce="\(nonce)">\(script)</script></body></html>

        """
    }

    private static func title(_ facts: StatusFacts) -> String {
        let masters = facts.masters.compactMap(\.address).joined(separator: ", ")
        return "\(facts.state.rawValue)\(masters.isEmpty ? "" : ": \(masters)") · Mastergate"
    }

    /// What the script puts anew.
    package static func body(_ facts: StatusFacts) -> String {
        var html = "<header class=\"\(facts.state.rawValue)\"><p class=\"state\"><span class=\"dot\" aria-hidden=\"true\"></span>\(HTMLText.escaped(facts.stateText))</p>"
        html += "<p class=\"meta\">Mastergate \(HTMLText.escaped(facts.version)), up \(HTMLText.escaped(facts.uptime))</p></header>"
        for master in facts.masters { html += section(master) }
        html += traffic(facts)
        html += problems(facts.problems)
        html += "<details><summary>Effective configuration</summary><pre>\(HTMLText.escaped(facts.configuration))</pre></details>"
        html += "<footer><a href=\"?format=json\">JSON</a> <a href=\"metrics\">metrics</a> <a href=\"readyz\">readyz</a> <a href=\"openapi.json\">openapi</a></footer>"
        return html
    }

    private static func section(_ master: StatusFacts.Master) -> String {
        var html = "<section><h1><small>\(HTMLText.escaped(master.name))</small> "
        if let address = master.address {
            html += "\(HTMLText.escaped(address))</h1><p>Master for \(HTMLText.escaped(master.held)), config epoch \(master.epoch)."
        } else {
            html += "no master</h1><p>"
        }
        if let problem = master.problem { html += " <strong class=\"bad\">\(HTMLText.escaped(problem))</strong>" }
        html += "</p>"
        if !master.sentinels.isEmpty {
            html += "<div class=\"cards\"><div class=\"card\"><h2>Sentinels</h2>"
            html += table(["address", "says", "epoch", "last event"], master.sentinels.map(row))
            html += "</div><div class=\"card\"><h2>Replicas</h2>"
            html += master.replicas.isEmpty ? "<p class=\"bad\">None: nobody could take over.</p>" : table(["address", "state", "behind"], master.replicas.map(row))
            html += "</div></div>"
        }
        for (index, record) in master.failovers.reversed().prefix(5).enumerated() {
            html += failover(record, isOpen: index == 0, isUnderWay: index == 0 && master.isFailoverUnderWay)
        }
        return html + "</section>"
    }

    private static func row(_ sentinel: StatusFacts.Sentinel) -> [String] {
        let says = !sentinel.isAnswering ? mark(false, "does not answer")
            : sentinel.agrees ? mark(true, sentinel.isSubscribed ? "agrees" : "agrees, not subscribed")
            : mark(false, sentinel.claim.map { "names \($0)" } ?? "names none")
        return [code(sentinel.address), says, sentinel.epoch.map { "<span class=\"label\">epoch </span>\($0)" } ?? "", "<span class=\"event\">\(HTMLText.escaped(sentinel.lastEvent ?? ""))</span>"]
    }

    private static func row(_ replica: StatusFacts.Replica) -> [String] {
        [code(replica.address), replica.isOnline ? mark(true, "online") : mark(false, "offline"), replica.lagBytes.map { "\($0) B" } ?? ""]
    }

    private static func failover(_ record: FailoverRecord, isOpen: Bool, isUnderWay: Bool) -> String {
        let rest = isUnderWay ? "is in trouble" : "stayed"
        let change = record.newMaster.map { "\(record.oldMaster ?? "none") → \($0)" } ?? "\(record.oldMaster ?? "none") \(rest)"
        let time = record.switchedAfterMilliseconds.map { " in \($0) ms" } ?? ""
        var html = "<details class=\"card\"\(isOpen ? " open" : "")><summary>\(record.title): \(HTMLText.escaped(change))\(time)</summary>"
        html += "<div class=\"scroll\">\(FailoverPicture.svg(record))</div>"
        // They are counted when it is over.
        if !isUnderWay {
            html += "<p class=\"counts\">\(count(record.clientsHeld, "client")) waited · \(count(record.requestsRunAgain, "command")) run again · "
            html += "\(record.requestsRefused) refused · \(record.outcomesUnknown) unknown · \(count(record.linksCut, "link")) cut</p>"
        }
        html += "<details><summary>\(count(record.entries.count, "event"))</summary>"
        html += table(["ms", "who", "what"], record.entries.map { ["\($0.milliseconds)", HTMLText.escaped($0.source), HTMLText.escaped($0.text)] })
        return html + "</details></details>"
    }

    private static func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }

    private static func traffic(_ facts: StatusFacts) -> String {
        let steps = facts.history.steps
        let seconds = TrafficHistory.stepMilliseconds / 1000
        let latency = steps.last?.latencyMicroseconds.map { "\($0) µs" } ?? "–"
        func card(_ name: String, _ value: String, _ picture: String = "") -> String {
            "<div class=\"card figure\"><h2>\(name)</h2><p class=\"number\">\(value)</p>\(picture)</div>"
        }
        let waiting = facts.counters.clientsWaiting
        return "<section><h1 class=\"minor\">Traffic, last 15 minutes</h1><div class=\"cards\">"
            + card("commands/s", "\((steps.last?.commands ?? 0) / seconds)", Sparkline.svg(steps.map { $0.commands / seconds }, label: "commands per second"))
            + card("errors/s", "\((steps.last?.errors ?? 0) / seconds)", Sparkline.svg(steps.map { $0.errors / seconds }, label: "errors per second"))
            + card("latency of Redis", latency, Sparkline.svg(steps.map(\.latencyMicroseconds), label: "microseconds to a reply"))
            + card("clients", "\(facts.counters.respConnections + facts.counters.httpConnections)",
                "<p>\(facts.counters.respConnections) Redis, \(facts.counters.httpConnections) HTTP\(waiting > 0 ? ", <strong class=\"bad\">\(waiting) wait for a master</strong>" : "")</p><p>\(facts.links) links to Redis</p>")
            + "</div></section>"
    }

    private static func problems(_ problems: [String]) -> String {
        guard !problems.isEmpty else { return "<section><h1 class=\"minor\">Last warnings</h1><p>None.</p></section>" }
        let lines = problems.reversed().map { "<li>\(HTMLText.escaped($0))</li>" }.joined()
        return "<section><h1 class=\"minor\">Last warnings</h1><ul class=\"log\">\(lines)</ul></section>"
    }

    private static func table(_ heads: [String], _ rows: [[String]]) -> String {
        let head = heads.map { "<th scope=\"col\">\($0)</th>" }.joined()
        let body = rows.map { "<tr>" + $0.map { "<td>\($0)</td>" }.joined() + "</tr>" }.joined()
        return "<div class=\"scroll\"><table><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table></div>"
    }

    private static func code(_ text: String) -> String { "<code>\(HTMLText.escaped(text))</code>" }

    /// Told by a sign as well as by colour.
    private static func mark(_ isGood: Bool, _ text: String) -> String {
        "<span class=\"\(isGood ? "good" : "bad")\">\(isGood ? "✓" : "✗") \(HTMLText.escaped(text))</span>"
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1b2430;--soft:#5d6b7c;--page:#f5f6f8;--card:#fff;--line:#dfe3e8;--good:#157347;--bad:#b3261e;--warn:#9a6700;--accent:#2457c5}
        @media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa7b6;--page:#12161c;--card:#1b212a;--line:#2d3642;--good:#5bc98c;--bad:#ff8a80;--warn:#e3b341;--accent:#8ab4ff}}
        *{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:15px/1.45 system-ui,sans-serif}
        main{max-width:1100px;margin:0 auto;padding:0 16px 32px}
        header{display:flex;flex-wrap:wrap;gap:4px 20px;align-items:baseline;justify-content:space-between;padding:20px 0 8px}
        .state{font-size:22px;font-weight:650;margin:0}.dot{display:inline-block;width:14px;height:14px;border-radius:50%;margin-right:10px;background:var(--good)}
        .degraded .dot{background:var(--warn)}.unavailable .dot{background:var(--bad)}.unavailable .state{color:var(--bad)}.degraded .state{color:var(--warn)}
        .meta,footer,.counts,h1 small{color:var(--soft)}.meta{margin:0}h1{font-size:26px;margin:18px 0 0;overflow-wrap:anywhere}h1 small{font-size:15px;font-weight:500;display:block}
        h1.minor{font-size:17px}h2{font-size:13px;font-weight:600;margin:0 0 6px;color:var(--soft)}section>p{margin:2px 0 12px}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(220px,1fr));gap:12px;margin:10px 0}section>.cards:has(table){grid-template-columns:minmax(0,3fr) minmax(0,2fr)}
        .card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px;min-width:0}details.card{margin:12px 0}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th{text-align:left;font-weight:500;color:var(--soft);font-size:13px}
        th,td{padding:4px 12px 4px 0;vertical-align:top;border-bottom:1px solid var(--line)}tr:last-child td{border-bottom:0}td{overflow-wrap:anywhere}td:first-child{white-space:nowrap}
        code,pre,.log{font:13px/1.5 ui-monospace,monospace}.event{color:var(--soft);font-size:13px}.good{color:var(--good)}.bad{color:var(--bad)}td .good,td .bad{white-space:nowrap}.label{display:none}
        .number{font-size:24px;font-weight:650;margin:0 0 4px;font-variant-numeric:tabular-nums}.figure p{margin:0}.spark{width:100%;height:40px}
        .spark polyline{fill:none;stroke:var(--accent);stroke-width:2;vector-effect:non-scaling-stroke}.picture{width:100%;min-width:560px;height:auto;margin:10px 0 0}
        .picture .track{stroke:var(--line);stroke-width:2}.picture .held{stroke:var(--warn);stroke-width:8;opacity:.45}.picture .switch{stroke:var(--good);stroke-width:2;stroke-dasharray:4 3}
        .picture .mark{fill:var(--accent);stroke:var(--card);stroke-width:1}.picture text{fill:var(--soft);font:12px system-ui,sans-serif}
        summary{cursor:pointer;font-weight:600;overflow-wrap:anywhere}details details summary,body>main>details summary{font-weight:500;color:var(--soft)}
        pre{overflow:auto;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px}.log{padding-left:18px;overflow-wrap:anywhere}
        a{color:var(--accent)}footer{margin-top:24px;display:flex;gap:16px}@media(max-width:700px){section>.cards:has(table){grid-template-columns:minmax(0,1fr)}h1{font-size:21px}
        table:has(.event) thead{display:none}.label{display:inline}tr:has(.event){display:flex;flex-wrap:wrap;border-bottom:1px solid var(--line)}
        tr:has(.event):last-child{border-bottom:0}tr:has(.event) td{border:0}td:has(.event){flex-basis:100%}}
        """

    /// Puts the page anew when the server says that something has changed; what the reader has opened stays open.
    private static let script = """
        (()=>{const page=document.getElementById('page');let busy=false;
        async function renew(){if(busy)return;busy=true;try{const answer=await fetch('?part=body',{cache:'no-store'});if(!answer.ok)return;
        const open=[...page.querySelectorAll('details')].map(d=>d.open);const count=open.length;page.innerHTML=await answer.text();
        const now=page.querySelectorAll('details');if(now.length===count)now.forEach((d,i)=>{d.open=open[i]});
        document.title=page.querySelector('.state').textContent+' · Mastergate'}catch(e){}finally{busy=false}}
        const events=new EventSource('/events');events.onmessage=renew;
        events.onerror=()=>{const state=page.querySelector('.state');if(state&&!state.dataset.lost){state.dataset.lost='1';state.append(' — connection lost, trying again')}}})();
        """
}
