import Bytes
import CZlib

/// The gzip coding of HTTP (RFC 9110, section 8.4.1.3), by zlib.
package enum Gzip {
    /// Fast rather than small: a body is sent once.
    private static let level: Int32 = 1

    /// The coding of `bytes`; nil where it would not be shorter, or where there is no memory.
    package static func compress(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? {
        // zlib counts what it is given in 32 bits.
        guard let start = bytes.baseAddress, bytes.count > 0, bytes.count <= Int(Int32.max) else { return nil }
        var stream = z_stream()
        guard mg_gzip_init(&stream, level) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        // What does not fit here is not shorter.
        let capacity = bytes.count
        var isWhole = false
        let compressed = [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            stream.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self))
            stream.avail_in = UInt32(bytes.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(capacity)
            isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
            count = capacity - Int(stream.avail_out)
        }
        return isWhole ? compressed : nil
    }
}
