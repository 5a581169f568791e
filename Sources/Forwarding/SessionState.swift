/// What a client has settled on its connection, and what a link must carry so that the client's commands mean on it what
/// they mean to the client.
public struct SessionState: Sendable, Hashable {
    /// Whose name commands run in: an index that the loop gives to each pair of user and password; 0 for the proxy's own, and
    /// ``stranger`` for nobody's.
    public var identity: Int
    /// The identity of who has shown Redis nothing, and is refused: its links speak with Redis before any AUTH.
    public static let stranger = -1
    /// Logical database, chosen by SELECT.
    public var database: Int
    /// 2 or 3, chosen by HELLO.
    public var protocolVersion: Int
    /// The name given by CLIENT SETNAME; empty for none.
    public var name: [UInt8]

    public init(identity: Int = 0, database: Int = 0, protocolVersion: Int = 2, name: [UInt8] = []) {
        self.identity = identity
        self.database = database
        self.protocolVersion = protocolVersion
        self.name = name
    }

    /// The same in the name of `other`'s user.
    public func named(as other: SessionState) -> SessionState {
        var state = self
        state.identity = other.identity
        return state
    }

    /// Whether both agree in all but the name.
    public func agrees(with other: SessionState) -> Bool {
        identity == other.identity && database == other.database && protocolVersion == other.protocolVersion
    }

    /// The same without the name, which shared links do not carry: links are shared by all who agree in the rest.
    public var shared: SessionState { SessionState(identity: identity, database: database, protocolVersion: protocolVersion) }
}
