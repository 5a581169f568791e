import EventLoop
import Logging
import Settings

/// The settings in force, and where they are read from again.
final class Configuration {
    /// What came of reading them again.
    enum Outcome {
        case unchanged
        /// These keys have other values now.
        case changed([String])
        /// Nothing is taken over, for these reasons.
        case refused([String])
    }

    private(set) var current: LoadedSettings
    private let threshold: LogThreshold
    let problems: RecentProblems
    let logWriter: LogWriter
    private let load: () throws(SettingsErrors) -> LoadedSettings
    private var stamps: [FileStamp?]
    /// How the last reading went; nil before the first.
    private(set) var isLastReadingGood: Bool?

    init(_ loaded: LoadedSettings, _ threshold: LogThreshold, _ problems: RecentProblems, _ logWriter: LogWriter, _ load: @escaping () throws(SettingsErrors) -> LoadedSettings) {
        current = loaded
        self.threshold = threshold
        self.problems = problems
        self.logWriter = logWriter
        self.load = load
        stamps = loaded.files.map { FileStamp($0) }
    }

    /// Whether a file that was read is another one now. A file that was found wrong is not looked at again before it changes.
    func hasChangedFiles() -> Bool { current.files.map { FileStamp($0) } != stamps }

    /// Logs from now on what the settings in force say.
    func applyLogLevel() { threshold.level = Logger.Level(current.settings.log.level) }

    /// Logs from now on what `name` says, until the settings are read again; false where that is no level.
    func setLogLevel(_ name: String) -> Bool {
        guard let level = Settings.Log.Level(rawValue: name) else { return false }
        threshold.level = Logger.Level(level)
        return true
    }

    func reread() -> Outcome {
        stamps = current.files.map { FileStamp($0) }
        do throws(SettingsErrors) {
            let fresh = try load()
            let change = SettingsChange(from: current, to: fresh)
            isLastReadingGood = change.errors.isEmpty
            guard change.errors.isEmpty else { return .refused(change.errors.map(\.description)) }
            current = fresh
            stamps = fresh.files.map { FileStamp($0) }
            return change.keys.isEmpty ? .unchanged : .changed(change.keys.map(\.path))
        } catch {
            isLastReadingGood = false
            return .refused(error.errors.map(\.description))
        }
    }
}
