import Foundation

/// The `redis-server` that the demo and the tests start: the installed one, or the one that the variable `REDIS_SERVER` names, such as
/// that of a later version, or Valkey's.
package enum ServerProgram {
    package static let redisServer = ProcessInfo.processInfo.environment["REDIS_SERVER"] ?? "redis-server"
}
