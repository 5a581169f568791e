import Bytes
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("::1", "::1"), ("::", "::"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::ffff:1.2.3.4", "1.2.3.4"), ("::ffff:102:304", "1.2.3.4"),
        ("::fffe:1.2.3.4", "::fffe:102:304"),
    ])
    func readsAndWrites(text: String, expected: String) {
        #expect(IPAddress(text)?.description == expected)
    }

    @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "[::1]", "localhost", "1.2.3.4\0x", "::1%lo", " 1.2.3.4", "01.2.3.4"])
    func refuses(text: String) {
        #expect(IPAddress(text) == nil)
    }

    // #expect cannot capture spans, so this one stays in a function.
    private func address(_ bytes: [UInt8]) -> IPAddress? { IPAddress(bytes: bytes.span) }

    @Test func comesFromRawBytes() {
        let four: [UInt8] = [192, 168, 1, 2]
        #expect(address(four) == IPAddress("192.168.1.2"))
        #expect(address(four)?.bytes == four)
        let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 168, 1, 2]
        #expect(address(mapped) == IPAddress("192.168.1.2"))
        let six: [UInt8] = [0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]
        #expect(address(six)?.description == "2001:db8::9")
        #expect(address(six)?.bytes == six)
        for count in [0, 3, 5, 15, 17] { #expect(address([UInt8](repeating: 1, count: count)) == nil) }
    }

    @Test func knowsLoopbackAndUnspecified() {
        for text in ["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"] { #expect(IPAddress(text)?.isLoopback == true) }
        for text in ["128.0.0.1", "126.255.255.255", "::2", "::"] { #expect(IPAddress(text)?.isLoopback == false) }
        #expect(IPAddress("0.0.0.0")?.isUnspecified == true)
        #expect(IPAddress("::")?.isUnspecified == true)
        #expect(IPAddress("0.0.0.1")?.isUnspecified == false)
    }

    @Test(arguments: [
        ("10.1.2.3", 8, "10.0.0.0"), ("10.1.2.3", 0, "0.0.0.0"), ("10.1.2.3", 32, "10.1.2.3"), ("10.1.2.3", 31, "10.1.2.2"),
        ("2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2::"), ("2001:db8:1:2:3:4:5:6", 65, "2001:db8:1:2::"),
        ("2001:db8:1:2:8003:4:5:6", 65, "2001:db8:1:2:8000::"), ("2001:db8::1", 128, "2001:db8::1"), ("2001:db8::1", 0, "::"),
    ])
    func masks(text: String, prefix: Int, expected: String) {
        #expect(IPAddress(text)?.masked(toPrefix: prefix).description == expected)
    }

    @Test func anIPv4AddressIsNoIPv6Address() {
        #expect(IPAddress("0.0.0.1") != IPAddress("::1"))
        #expect(IPAddress("0.0.0.0") != IPAddress("::"))
    }
}
