import Bytes
import CLibevent
import Glibc

/// The pages of program files that were read while the process started: reading settings and linking touch megabytes of
/// code that a running proxy never needs again.
public enum StartupPages {
    /// Largest list of mappings that is read.
    private static let listBytesMax = 4 << 20

    /// Gives them back to the system. Only what is an unchanged copy of a file goes, so that whatever is needed after all
    /// is read again from the file (madvise(2), `MADV_DONTNEED`).
    public static func release() {
        var mapping: (start: UInt, end: UInt)?
        for line in lines(of: "/proc/self/smaps") {
            let words = line.split(separator: " ", omittingEmptySubsequences: true)
            guard let first = words.first else { continue }
            if first.last != ":" {
                mapping = words.count >= 6 && words[1] != "" && !words[1].contains("w") && words[5].hasPrefix("/") ? range(first) : nil
            } else if first == "Private_Dirty:" || first == "Anonymous:" {
                // A page that the linker has written to, and that is protected since, is in no file.
                if words.count > 1, words[1] != "0" { mapping = nil }
            } else if first == "VmFlags:", let (start, end) = mapping {
                madvise(UnsafeMutableRawPointer(bitPattern: start), Int(bitPattern: end &- start), MADV_DONTNEED)
            }
        }
    }

    /// `start-end` in hexadecimal digits.
    private static func range(_ text: Substring) -> (start: UInt, end: UInt)? {
        let ends = text.split(separator: "-")
        guard ends.count == 2, let start = UInt(ends[0], radix: 16), let end = UInt(ends[1], radix: 16), start < end else { return nil }
        return (start, end)
    }

    private static func lines(of path: String) -> [Substring] {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return [] }
        defer { close(fd) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < listBytesMax {
            let count = read(fd, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
