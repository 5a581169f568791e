import Glibc

/// Reads whole files that must not be large.
enum BoundedFile {
    static let bytesMax = 16 << 20

    /// Why a file was not read, in the system's words.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
        /// The failure that `errno` names.
        init(code: Int32) { description = strerror(code).map { String(cString: $0) } ?? "error \(code)" }
    }

    /// The bytes of the file at `path`; at most ``bytesMax``.
    static func read(_ path: String) throws(Failure) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure(code: errno) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(code: errno)
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= bytesMax else { throw Failure("larger than \(bytesMax) bytes") }
            bytes += chunk[..<count]
        }
    }
}
