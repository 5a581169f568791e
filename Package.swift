// swift-tools-version: 6.1
import PackageDescription

// One rule per kind of target:
// pure modules know no socket, no clock and no libevent; EventLoop alone knows them; Proxy joins both.

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")]

/// The dynamic exclusivity checks cost more than half of the proxy's own instructions on the hot path.
/// They stay on in debug builds, where the tests run.
let hot: [SwiftSetting] = strict + [.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))]

/// Every symbol is bound at the start: the table of them is read-only from then on, and the first clients do not wait
/// while the linker looks through its lists, nor bring those into memory.
let boundAtStart: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "-z", "-Xlinker", "now"], .when(configuration: .release))]

func pure(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: hot)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "mastergate",
    products: [.executable(name: "mastergate", targets: ["mastergate"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .systemLibrary(name: "CLibevent", pkgConfig: "libevent", providers: [.apt(["libevent-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),

        pure("Bytes"),
        pure("RESP", ["Bytes"]),
        pure("HTTP1", ["Bytes"]),
        pure("HTTP2", ["Bytes", "CNghttp2"]),
        pure("WebSocket", ["Bytes"]),
        pure("Rendering", ["RESP", "Bytes"]),
        pure("Access", ["Bytes"]),
        pure("Sentinel", ["RESP", "Bytes"]),
        pure("Forwarding", ["RESP", "Access", "Bytes"]),
        pure("Gateway", ["HTTP1", "WebSocket", "Rendering", "RESP", "Access", "Bytes"]),
        pure("Settings", ["Access", "Bytes", "CYAML"]),
        pure("Observability", ["Bytes"]),
        pure("Compression", ["Bytes", "CZlib"]),

        .target(name: "EventLoop", dependencies: ["CLibevent", "COpenSSL", "Bytes"], swiftSettings: hot),
        .target(
            name: "Proxy",
            dependencies: [
                "EventLoop", "Bytes", "RESP", "HTTP1", "HTTP2", "WebSocket", "Rendering", "Access", "Sentinel", "Forwarding", "Gateway",
                "Settings", "Observability", "Compression", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: hot),
        .target(name: "LocalCluster", dependencies: ["EventLoop", "RESP", "Bytes"], swiftSettings: strict),
        .executableTarget(
            name: "mastergate",
            dependencies: [
                "Proxy", "Settings", "LocalCluster", "EventLoop", "RESP", "Bytes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict, linkerSettings: boundAtStart),

        .target(name: "HTTP2Peer", dependencies: ["CNghttp2"], path: "Tests/HTTP2Peer", swiftSettings: strict),
        .target(name: "CMeasurement", path: "Tests/Benchmarks/CMeasurement"),
        .executableTarget(
            name: "benchmarks",
            dependencies: ["CMeasurement", "Gateway", "HTTP1", "Rendering", "Forwarding", "RESP", "Bytes"],
            path: "Tests/Benchmarks", exclude: ["CMeasurement"], swiftSettings: hot),

        tests("BytesTests", ["Bytes"]),
        tests("RESPTests", ["RESP", "Bytes"]),
        tests("HTTP1Tests", ["HTTP1", "Bytes"]),
        tests("HTTP2Tests", ["HTTP2", "HTTP2Peer", "Bytes"]),
        tests("WebSocketTests", ["WebSocket", "Bytes"]),
        tests("RenderingTests", ["Rendering", "RESP", "Bytes"]),
        tests("AccessTests", ["Access", "Bytes"]),
        tests("SentinelTests", ["Sentinel", "RESP", "Bytes"]),
        tests("ForwardingTests", ["Forwarding", "RESP", "Access", "Bytes"]),
        tests("GatewayTests", ["Gateway", "HTTP1", "Rendering", "RESP", "Access", "Bytes"]),
        tests("SettingsTests", ["Settings", "Access", "Bytes"]),
        tests("ObservabilityTests", ["Observability", "Bytes"]),
        tests("EventLoopTests", ["EventLoop", "CLibevent", "Bytes"]),
        tests("SimulationTests", ["Sentinel", "Forwarding", "RESP", "Bytes"]),
        tests(
            "IntegrationTests", ["mastergate", "LocalCluster", "HTTP2Peer", "EventLoop", "RESP", "Bytes"],
            exclude: ["Webdis/corpus.jsonl", "Webdis/configs"]),
        tests("ArchitectureTests", []),
        tests(
            "MastergateTests",
            ["mastergate", "Settings", .product(name: "ArgumentParser", package: "swift-argument-parser")]),
    ]
)
