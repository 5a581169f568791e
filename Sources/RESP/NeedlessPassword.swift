/// The errors by which a server says that it has no password, and so needs none: it serves all the same.
///
/// Source: `acl.c` and `server.c` of Redis: `ERR AUTH <password> called without any password configured for the default user`, and before
/// version 6 `ERR Client sent AUTH, but no password is set`.
public enum NeedlessPassword {
    public static func isMeant(by error: String) -> Bool {
        error.hasPrefix("ERR") && (error.contains("without any password configured") || error.contains("no password is set"))
    }
}
