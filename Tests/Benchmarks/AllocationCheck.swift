import CMeasurement
import Glibc

/// Whether allocations are counted at all: a count of zero means nothing otherwise.
enum AllocationCheck {
    /// Names of the C library's functions whose calls are not counted, and of Swift's allocation if that is not.
    static func uncounted() -> [String] {
        var missing: [String] = []
        func check(_ name: String, _ allocate: () -> Void) {
            let before = measurement_allocation_count()
            allocate()
            // The runtime may have allocated for itself as well.
            if measurement_allocation_count() == before { missing.append(name) }
        }
        var block: UnsafeMutableRawPointer?
        check("malloc") { block = hidden(malloc(64)) }
        check("realloc") { block = hidden(realloc(block, 128)) }
        free(block)
        check("calloc") { block = hidden(calloc(2, 64)) }
        free(block)
        check("aligned_alloc") { block = hidden(aligned_alloc(64, 64)) }
        free(block)
        check("posix_memalign") { posix_memalign(&block, 64, 64) }
        free(block)
        var array: [UInt8] = []
        check("Swift's array") { array.reserveCapacity(100) }
        keep(array.capacity)
        return missing
    }

    /// Keeps the optimiser from leaving the allocation out.
    private static func hidden(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        UnsafeMutableRawPointer(mutating: measurement_hide(pointer))
    }
}
