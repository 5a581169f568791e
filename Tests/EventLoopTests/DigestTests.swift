import Testing

@testable import EventLoop

@Suite("Digests") struct DigestTests {
    /// What Python's hashlib says of so many bytes, around the length of one block.
    @Test("MD5 is MD5, of short texts too", arguments: [
        (0, "d41d8cd98f00b204e9800998ecf8427e"), (1, "55a54008ad1ba589aa210d2629c1df41"), (3, "eb1c1c0a1baa4f725055e88c48ba44b6"), (14, "ee4246815f0afab405d92f2b57ff557b"),
        (54, "15ac42d154d14a3033673d81e2970100"), (55, "8c3eb046bcdb1f0ffe75fdbaf890cf13"), (56, "d5e0fa3122448ddd3d843a9c5ed9e839"), (57, "839d97df06aa4f2d02f931151a66111d"),
        (63, "1dd0d6ddeb881b118518c2881555f34b"), (64, "7b412e00d38c31b0845a4f502d39d5e3"), (100, "9eb77ac29725ff28a3ad216f53fbc9ae"),
    ])
    func md5(count: Int, expected: String) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }
        var digest = bytes.withUnsafeBytes { Digests.md5($0) }
        let text = withUnsafeBytes(of: &digest) { $0.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
        #expect(text == expected)
    }
}
