import CLibevent
import Glibc

/// The machine and the process, as far as the start needs them.
public enum SystemLimits {
    /// Cores that may be used.
    public static var coreCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Raises the soft limit of open files to the hard one, and tells what holds then.
    @discardableResult
    public static func raiseFileLimit() -> Int { Int(clamping: mg_raise_file_limit()) }

    /// A write to a closed connection is an error of that call, and no reason to die.
    public static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }
}

/// The libraries that the process runs on.
public enum LibraryVersions {
    /// libevent's version, as `2.1.12-stable`.
    public static var libevent: String { String(cString: event_get_version()) }
    /// OpenSSL's version, as `OpenSSL 3.0.17 1 Jul 2025`.
    public static var openSSL: String { TLSClientContext.libraryVersion }
}
