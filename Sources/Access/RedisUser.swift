/// A user of Redis's own ACL in whose name the commands of a login run.
public final class RedisUser: Sendable, Equatable {
    public let name: [UInt8]
    /// What Redis is shown with the name.
    public let password: Secret

    public init(name: [UInt8], password: Secret) {
        self.name = name
        self.password = password
    }

    public static func == (left: RedisUser, right: RedisUser) -> Bool { left === right || left.name == right.name && left.password == right.password }
}
