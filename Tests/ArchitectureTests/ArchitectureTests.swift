import Testing

/// What the source tree has to look like. Each test says the file and line that breaks its rule.
@Suite("Architecture") struct ArchitectureTests {
    private static let standard: Set = ["Swift", "Synchronization"]

    /// Which module may import which others: the dependency table of Package.swift, written down a second time so that
    /// a change of it is a decision.
    private static let mayImport: [String: Set<String>] = [
        "Bytes": [],
        "RESP": ["Bytes"],
        "HTTP1": ["Bytes"],
        "HTTP2": ["Bytes", "CNghttp2"],
        "WebSocket": ["Bytes"],
        "Rendering": ["RESP", "Bytes"],
        "Access": ["Bytes"],
        "Sentinel": ["RESP", "Bytes"],
        "Forwarding": ["RESP", "Access", "Bytes"],
        "Gateway": ["HTTP1", "WebSocket", "Rendering", "RESP", "Access", "Bytes"],
        "Settings": ["Access", "Bytes", "CYAML"],
        "Observability": ["Bytes"],
        "Compression": ["Bytes", "CZlib"],
        "EventLoop": ["CLibevent", "COpenSSL", "Bytes", "Glibc", "Musl"],
        "Proxy": [
            "EventLoop", "Bytes", "RESP", "HTTP1", "HTTP2", "WebSocket", "Rendering", "Access", "Sentinel", "Forwarding", "Gateway", "Settings", "Observability", "Compression", "Logging",
        ],
        "LocalCluster": ["EventLoop", "RESP", "Bytes", "Glibc"],
        "mastergate": ["Proxy", "Settings", "LocalCluster", "EventLoop", "RESP", "Bytes", "ArgumentParser", "Logging", "Glibc"],
    ]

    /// Files outside EventLoop that may call the C library: for addresses, for memory that grows where it lies, and for signals and
    /// limits of the process.
    private static let mayImportGlibc: Set = [
        "Sources/Bytes/IPAddress.swift", "Sources/Bytes/ByteBlock.swift", "Sources/Proxy/Server.swift",
    ]

    /// The same for the benchmarks, which measure pure modules alone: no socket, no clock of theirs, no libevent.
    private static let benchmarksMayImport: Set = ["CMeasurement", "Gateway", "HTTP1", "Rendering", "Forwarding", "RESP", "Bytes"]

    private let sources = SourceTree.package.swiftFiles("Sources")
    private let tests = SourceTree.package.swiftFiles("Tests")

    /// Lines of code that hold one of `words`, as `path:line`.
    private func places(of words: [String], in files: [SourceTree.File]) -> [String] {
        files.flatMap { file in
            file.code.filter { line in words.contains { line.text.contains($0) } }.map { "\(file.path):\($0.number)" }
        }
    }

    @Test("the tree is read")
    func tree() {
        #expect(sources.count > 100)
        #expect(tests.count > 20)
        #expect(Set(sources.map(\.module)).isSuperset(of: ["Bytes", "RESP", "EventLoop", "Proxy"]))
        #expect(sources.flatMap(\.imports).contains("CLibevent"))
    }

    @Test("a module imports only what its place in the design allows")
    func imports() {
        for file in sources {
            guard let allowed = Self.mayImport[file.module] else {
                Issue.record("\(file.path): the module \(file.module) is not in the table")
                continue
            }
            for name in file.imports where !allowed.contains(name) && !Self.standard.contains(name) {
                if name == "Glibc", Self.mayImportGlibc.contains(file.path) { continue }
                Issue.record("\(file.path) imports \(name)")
            }
        }
    }

    @Test("the table says what Package.swift says")
    func package() throws {
        let manifest = try #require(SourceTree.package.manifest)
        for (module, allowed) in Self.mayImport {
            let declared = manifest.dependencies(of: module)
            #expect(declared == allowed.subtracting(["Glibc", "Musl"]), "\(module)")
        }
    }

    @Test("the benchmarks import pure modules alone, and are part of no other target")
    func benchmarks() throws {
        let files = tests.filter { $0.module == "Benchmarks" }
        #expect(!files.isEmpty)
        let allowed = Self.benchmarksMayImport.union(Self.standard).union(["Glibc"])
        for file in files { #expect(Set(file.imports).subtracting(allowed) == [], "\(file.path)") }
        let manifest = try #require(SourceTree.package.manifest)
        #expect(manifest.dependencies(of: "benchmarks") == Self.benchmarksMayImport)
        #expect(Self.mayImport.keys.allSatisfy { manifest.dependencies(of: $0)?.contains("CMeasurement") != true })
    }

    @Test("the C libraries have one user each, and nobody uses Foundation or Dispatch")
    func libraries() {
        let owners = ["CLibevent": "EventLoop", "COpenSSL": "EventLoop", "CYAML": "Settings", "CZlib": "Compression", "CNghttp2": "HTTP2"]
        let banned: Set = ["Foundation", "FoundationEssentials", "FoundationNetworking", "Dispatch"]
        for file in sources {
            for name in file.imports {
                if let owner = owners[name] { #expect(file.module == owner, "\(file.path) imports \(name)") }
                #expect(!banned.contains(name), "\(file.path) imports \(name)")
            }
        }
    }

    @Test("what steps around the compiler's checks of sharing and lifetime stands in three files")
    func unchecked() {
        let allowed: Set = ["Sources/EventLoop/LoopThread.swift", "Sources/EventLoop/Mailbox.swift", "Sources/EventLoop/SocketEvent.swift"]
        let files = sources.filter { !allowed.contains($0.path) }
        #expect(places(of: ["@unchecked Sendable", "Unmanaged", "nonisolated(unsafe)"], in: files) == [])
        #expect(sources.count(where: { allowed.contains($0.path) }) == allowed.count)
    }

    @Test("nothing is forced and nothing is left to do")
    func forced() {
        #expect(places(of: ["try!", "fatalError", "as!"], in: sources) == [])
        let notes = sources.flatMap { file in
            file.lines.enumerated().filter { $0.element.contains("TODO") || $0.element.contains("FIXME") }.map { "\(file.path):\($0.offset + 1)" }
        }
        #expect(notes == [])
    }

    @Test("no Swift file is longer than 400 lines, save for what is generated")
    func length() {
        let long = (sources + tests).filter { !$0.path.hasSuffix("+Generated.swift") && $0.lines.count > 401 }
        #expect(long.map { "\($0.path): \($0.lines.count - 1)" } == [])
    }

    @Test("no file has a name that says nothing")
    func names() {
        let vague = ["Utils", "Helper", "Misc", "Common"]
        #expect((sources + tests).map(\.path).filter { path in vague.contains { path.contains($0) } } == [])
    }

    @Test("the root holds what a reader expects there")
    func entries() {
        let allowed: Set = ["Package.swift", "Package.resolved", "Sources", "Tests", "docker", "k8s", "README.md", "LICENSE", "Makefile"]
        let entries = SourceTree.package.entries
        #expect(entries.contains("Package.swift"))
        #expect(entries.filter { !$0.hasPrefix(".") && !allowed.contains($0) } == [])
    }
}
