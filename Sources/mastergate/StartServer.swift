import ArgumentParser
import EventLoop
import Proxy
import Settings

/// Serves with these settings until a signal ends it.
func startServer(_ settings: Settings) throws {
    do {
        try Server.run(settings, version: Mastergate.version)
    } catch {
        StandardStreams.writeError("mastergate: \(error)\n")
        throw ExitCode(1)
    }
}
