import Bytes

/// A password with an optional user name: what a client must show, or what is shown to an upstream.
public struct Credentials: Sendable, Equatable {
    /// The name that Redis gives to the user of `AUTH password`.
    public static let defaultUser: StaticString = "default"

    /// The user's name; nil where a password alone is asked for.
    public let user: String?
    public let password: Secret
    /// Passwords that do as well.
    private let more: [Secret]

    private let userBytes: [UInt8]

    public init(user: String? = nil, password: Secret, more: [Secret] = []) {
        self.user = user
        self.password = password
        self.more = more
        userBytes = user.map { Array($0.utf8) } ?? []
    }

    /// Whether the password given without a user (`AUTH password`) is enough and right.
    ///
    /// Where a user is set, only the user `default` may be left out, as in Redis.
    public func verify(password candidate: Span<UInt8>) -> Bool {
        let isRight = matches(candidate)
        return isRight && (user == nil || isDefault(userBytes.span))
    }

    /// Whether user and password (`AUTH user password`, HTTP Basic) are right.
    ///
    /// Where no user is set, `default` and the empty name stand for it. Both parts are always compared, so the time
    /// does not tell which one was wrong.
    public func verify(user name: Span<UInt8>, password candidate: Span<UInt8>) -> Bool {
        let isPasswordRight = matches(candidate)
        let isUserRight =
            user == nil ? name.isEmpty || isDefault(name) : ConstantTimeComparison.isEqual(name, to: userBytes)
        return isPasswordRight && isUserRight
    }

    /// Whether it is any of the passwords; each is compared, so the time does not tell which.
    public func matches(_ candidate: Span<UInt8>) -> Bool { more.reduce(password.matches(candidate)) { $1.matches(candidate) || $0 } }

    private func isDefault(_ name: Span<UInt8>) -> Bool {
        guard name.count == Self.defaultUser.utf8CodeUnitCount else { return false }
        let expected = UnsafeBufferPointer(start: Self.defaultUser.utf8Start, count: name.count)
        for index in 0..<name.count where name[index] != expected[index] { return false }
        return true
    }
}
