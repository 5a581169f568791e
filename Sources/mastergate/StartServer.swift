import ArgumentParser
import EventLoop
import Proxy
import Settings

/// Serves with these settings until a signal ends it.
///
/// - Parameter reread: reads them again from where they came.
func startServer(_ loaded: LoadedSettings, reread: @escaping () throws(SettingsErrors) -> LoadedSettings) throws {
    do {
        try Server.run(loaded, version: Mastergate.version, reread: reread)
    } catch {
        StandardStreams.writeError("mastergate: \(error)\n")
        throw ExitCode(1)
    }
}
