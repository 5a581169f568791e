// Times and allocations of the hot paths, per command. Ends with 1 when something on the way of every command allocates.
//
//     benchmarks [--filter TEXT]      only those whose name holds TEXT

import Glibc

let arguments = CommandLine.arguments.dropFirst()
guard arguments.isEmpty || arguments.count == 2 && arguments.first == "--filter" else {
    print("usage: benchmarks [--filter TEXT]")
    exit(2)
}
let uncounted = AllocationCheck.uncounted()
guard uncounted.isEmpty else {
    print("allocations are not counted here: \(uncounted.joined(separator: ", "))")
    exit(2)
}
let filter = arguments.count == 2 ? arguments.last : nil
let all = ProtocolBenchmarks.all + ForwardingBenchmarks.all + RenderingBenchmarks.all + HTTPBenchmarks.all
let chosen = all.filter { benchmark in filter.map(benchmark.name.contains) ?? true }
guard !chosen.isEmpty else {
    print("no benchmark has '\(filter ?? "")' in its name; there are:")
    for benchmark in all { print("  \(benchmark.name)") }
    exit(2)
}

var table = ResultTable(names: chosen.map(\.name))
table.printHead()
var atFault: [String] = []
for benchmark in chosen {
    let result = benchmark.result()
    table.print(result)
    if result.isAtFault { atFault.append(benchmark.name) }
}
for name in atFault { print("\(name): lies on the way of every command and must not allocate") }
exit(atFault.isEmpty ? 0 : 1)
