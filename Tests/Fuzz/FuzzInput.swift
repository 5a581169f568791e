/// What the fuzzer hands over: a few bytes that say how the test goes, and the bytes to read.
struct FuzzInput {
    private static let steeringCount = 4

    /// Freely chosen by the fuzzer.
    let choice: UInt8
    /// The bytes to be read.
    let bytes: [UInt8]
    private let pieceSizes: [Int]

    /// nil where there are too few bytes.
    init?(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        guard let start, count >= Self.steeringCount else { return nil }
        choice = start[0]
        pieceSizes = (1..<Self.steeringCount).map { 1 + Int(start[$0]) % 61 }
        bytes = Array(UnsafeBufferPointer(start: start + Self.steeringCount, count: count - Self.steeringCount))
    }

    /// Where the pieces end in which the bytes arrive.
    var ends: [Int] {
        var ends: [Int] = []
        var end = 0
        while end < bytes.count {
            end = min(bytes.count, end + pieceSizes[ends.count % pieceSizes.count])
            ends.append(end)
        }
        return ends
    }
}

/// Ends the program where `condition` does not hold; the fuzzer keeps the input then.
func demand(_ condition: Bool, _ property: @autoclosure () -> String) {
    if !condition { fatalError("broken: \(property())") }
}
