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
    private let load: () throws(SettingsErrors) -> LoadedSettings
    /// How the last reading went; nil before the first.
    private(set) var isLastReadingGood: Bool?

    init(_ loaded: LoadedSettings, _ threshold: LogThreshold, _ load: @escaping () throws(SettingsErrors) -> LoadedSettings) {
        current = loaded
        self.threshold = threshold
        self.load = load
    }

    /// Logs from now on what the settings in force say.
    func applyLogLevel() { threshold.level = Logger.Level(current.settings.log.level) }

    func reread() -> Outcome {
        do throws(SettingsErrors) {
            let fresh = try load()
            let change = SettingsChange(from: current, to: fresh)
            isLastReadingGood = change.errors.isEmpty
            guard change.errors.isEmpty else { return .refused(change.errors.map(\.description)) }
            current = fresh
            return change.keys.isEmpty ? .unchanged : .changed(change.keys.map(\.path))
        } catch {
            isLastReadingGood = false
            return .refused(error.errors.map(\.description))
        }
    }
}
