/// Writes bytes one behind the other where room for all of them has been made sure of before.
public struct RawWriter {
    /// Where the next byte goes.
    public private(set) var next: UnsafeMutableRawPointer

    @inline(__always) public init(_ start: UnsafeMutableRawPointer) { next = start }

    @inline(__always) public mutating func write(_ byte: UInt8) {
        next.storeBytes(of: byte, as: UInt8.self)
        next += 1
    }

    @inline(__always) public mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        next.copyMemory(from: source, byteCount: bytes.count)
        next += bytes.count
    }

    @inline(__always) public mutating func write(_ bytes: Span<UInt8>) { bytes.withUnsafeBytes { write($0) } }

    @inline(__always) public mutating func write(_ text: StaticString) {
        next.copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        next += text.utf8CodeUnitCount
    }

    @inline(__always) public mutating func writeLineEnd() {
        next.storeBytes(of: UInt16(0x0A0D).littleEndian, as: UInt16.self)
        next += 2
    }

    /// Writes the decoding of `text` as ``PercentDecoding/append(_:plusIsSpace:to:)`` makes it, which is never longer.
    public mutating func write(percentDecoded text: Span<UInt8>, plusIsSpace: Bool) {
        var index = 0
        while index < text.count {
            let (byte, width) = PercentDecoding.byte(at: index, in: text, plusIsSpace: plusIsSpace)
            write(byte)
            index &+= width
        }
    }

    /// Writes `value`, which is not negative, in decimal digits: ``Decimal/digitCount(_:)`` of them.
    public mutating func write(decimal value: Int) {
        // Most lengths have one digit.
        if value < 10 { return write(UInt8(truncatingIfNeeded: 0x30 &+ value)) }
        var rest = UInt(bitPattern: value)
        let count = Decimal.digitCount(value)
        var place = count
        while place > 0 {
            place &-= 1
            next.storeBytes(of: UInt8(truncatingIfNeeded: 0x30 &+ rest % 10), toByteOffset: place, as: UInt8.self)
            rest /= 10
        }
        next += count
    }
}
