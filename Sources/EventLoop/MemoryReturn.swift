import CLibevent

/// What becomes of memory that is no longer used.
public enum MemoryReturn {
    /// Blocks from this size on lie on pages of their own, which go back to the system with them.
    private static let ownPagesBytes = 256 << 10
    /// Free memory at the end of the heap above which it goes back.
    private static let heapEndBytes = 1 << 20

    /// Has large blocks go back to the system as soon as they are free. By itself the C library keeps ever larger ones, up to 32 MB each,
    /// for its own use; with several threads the process then takes twice what is in use (mallopt(3)).
    public static func beginAtOnce() {
        mallopt(M_MMAP_THRESHOLD, Int32(ownPagesBytes))
        mallopt(M_TRIM_THRESHOLD, Int32(heapEndBytes))
    }
}
