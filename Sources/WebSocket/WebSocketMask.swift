import Bytes

/// The masking of a client's payload (RFC 6455, section 5.3).
enum WebSocketMask {
    /// Appends `bytes` without their mask, eight at a time.
    ///
    /// - Parameter place: which byte of the mask is the first one's, 0 to 3.
    static func append(_ bytes: Span<UInt8>, _ mask: UInt32, place: Int, to output: inout [UInt8]) {
        // Of nothing, an empty array that all threads share would be written to.
        guard bytes.count > 0 else { return }
        // The mask as it falls on bytes from the first on, the lowest byte first.
        let shift = UInt32(place & 3) * 8
        let turned = shift == 0 ? mask : mask >> shift | mask << (32 - shift)
        let wide = UInt64(turned) << 32 | UInt64(turned)
        output.reserveCapacity(output.count + bytes.count)
        bytes.withUnsafeBytes { source in
            output.append(addingCapacity: source.count) { target in
                target.withUnsafeMutableBufferPointer { buffer, count in
                    guard let base = buffer.baseAddress else { return }
                    let start = UnsafeMutableRawPointer(base + count)
                    var index = 0
                    while source.count &- index >= 8 {
                        let word = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                        start.storeBytes(of: (word ^ wide).littleEndian, toByteOffset: index, as: UInt64.self)
                        index &+= 8
                    }
                    while index < source.count {
                        start.storeBytes(of: source[index] ^ UInt8(truncatingIfNeeded: wide >> UInt64((index & 7) * 8)), toByteOffset: index, as: UInt8.self)
                        index &+= 1
                    }
                    count &+= source.count
                }
            }
        }
    }
}
