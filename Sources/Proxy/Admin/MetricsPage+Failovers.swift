import EventLoop
import Observability

extension MetricsPage {
    /// What became of the masters.
    static func appendFailovers(_ control: ControlPlane, to page: inout PrometheusText) {
        let watches = control.watches
        func each(_ name: String, _ kind: PrometheusText.Kind, _ help: String, _ value: (MasterWatch) -> Int?) {
            page.metric(name, kind, help)
            for watch in watches {
                if let value = value(watch) { page.sample(name, labels: [("name", watch.topology.masterName)], value) }
            }
        }
        each("mastergate_master_changes_total", .counter, "Switches to another master.") { $0.recorder.switchCount }
        each("mastergate_last_failover_timestamp_seconds", .gauge, "When the last switch to another master began.") {
            $0.recorder.lastBeganAtMilliseconds.map { $0 / 1000 }
        }
        var durations = DurationCounts()
        for watch in watches { durations.add(watch.recorder.durations) }
        page.histogram(
            "mastergate_failover_duration_seconds", "From the first sign of trouble to the decision for the new master, of all masters.", durations)
        page.metric("mastergate_ready", .gauge, "Whether /readyz says so.")
        page.sample("mastergate_ready", Readiness.problem(control) == nil ? 1 : 0)
    }

    /// What the process is, and what it takes.
    static func appendProcess(_ control: ControlPlane, to page: inout PrometheusText) {
        page.metric("mastergate_build_info", .gauge, "Always 1.")
        page.sample("mastergate_build_info", labels: [("version", control.version), ("libevent", LibraryVersions.libevent)], 1)
        page.metric("mastergate_config_reload_success", .gauge, "Whether the configuration was put in force when it was last read.")
        page.sample("mastergate_config_reload_success", control.configuration.isLastReadingGood == false ? 0 : 1)
        page.metric("mastergate_log_lines_dropped_total", .counter, "Log lines dropped, as those before them were written too slowly.")
        page.sample("mastergate_log_lines_dropped_total", control.configuration.logWriter.droppedCount)
        let figures = ProcessFigures.now()
        page.metric("process_cpu_seconds_total", .counter, "Processor time, user and system.")
        page.sample("process_cpu_seconds_total", seconds: figures.cpuMicroseconds)
        page.metric("process_resident_memory_bytes", .gauge, "Resident memory.")
        page.sample("process_resident_memory_bytes", figures.residentBytes)
        page.metric("process_open_fds", .gauge, "Open file descriptors.")
        page.sample("process_open_fds", figures.openFiles)
        page.metric("process_max_fds", .gauge, "The most that may be open.")
        page.sample("process_max_fds", figures.openFilesMax)
        page.metric("process_start_time_seconds", .gauge, "When the process began, since 1970.")
        page.sample("process_start_time_seconds", seconds: control.startedAtMilliseconds * 1000)
    }
}
