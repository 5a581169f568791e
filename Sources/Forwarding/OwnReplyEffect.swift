/// What a reply of a client's own link settled.
public enum OwnReplyEffect: Equatable, Sendable {
    case none
    /// The client has been told that its link has this id at Redis.
    case toldID(Int)
    /// ``ClientSession/state`` has changed, and the link carries it already.
    case settled
    /// Redis has accepted these credentials.
    case authenticated(user: [UInt8]?, password: [UInt8])
    /// Redis has not accepted the credentials of this user; nil where none was named.
    case loginRefused(user: [UInt8]?)
    /// Redis holds up writes for so long from now on; 0 for no longer.
    case serverPaused(milliseconds: Int)
    /// The server may do otherwise for others from now on.
    case serverReconfigured
    /// RESET has run upstream; to be confirmed by ``ClientSession/forgotAll()``.
    case reset
}
