import EventLoop
import Glibc
import Logging
import Settings

/// The life of the whole process: start, serve, drain, end.
package enum Server {
    /// Runs until a signal ends it: SIGTERM lets what is in flight end first, SIGINT does not. SIGHUP has the configuration read
    /// again, secrets and TLS files included, and the log file opened anew.
    ///
    /// - Parameter reread: reads the configuration again from where it came.
    /// - Throws: ``IOError`` when a listener, a loop or a TLS file cannot be had; nothing is served then.
    package static func run(_ loaded: LoadedSettings, version: String, reread: @escaping () throws(SettingsErrors) -> LoadedSettings) throws {
        let settings = loaded.settings
        let threshold = LogThreshold(Logger.Level(settings.log.level))
        let format: StructuredLogHandler.Format = settings.log.format == .json ? .json : .text
        let file = settings.log.file.isEmpty ? nil : try LogFile(settings.log.file, syncsEachLine: settings.log.syncsEachLine)
        let problems = RecentProblems()
        let writer = try LogWriter(file.map { .file($0) } ?? .standardError, bytesMax: settings.log.queueBytes) { count in
            StructuredLogHandler.line(format, .warning, "log lines dropped: they are written too slowly", [("lines", "\(count)")])
        } reopeningFailed: { error in
            StructuredLogHandler.line(format, .error, "the log file stays open as it is", [("error", "\(error)")])
        }
        let log = Logger(label: "mastergate") { _ in StructuredLogHandler(threshold, format: format, writer: writer, problems: problems) }
        let configuration = Configuration(loaded, threshold, problems, writer, reread)
        // Whatever ends the service is worth its last lines.
        defer { writer.flush(milliseconds: lastLinesMilliseconds) }
        // Who follows another process is in the background already where that is.
        if settings.identity.isDaemon, !InheritedSockets.haveBeenLeftByPredecessor {
            let background = try BackgroundProcess()
            try serve(configuration, file, log, version) { background.becameReady() }
        } else {
            try serve(configuration, file, log, version) {}
        }
    }

    /// How long the end waits for the log to be written.
    private static let lastLinesMilliseconds = 1000

    /// - Parameter started: called once everything is bound.
    private static func serve(
        _ configuration: Configuration, _ file: LogFile?, _ log: Logger, _ version: String, started: () -> Void
    ) throws {
        let settings = configuration.current.settings
        try configuration.logWriter.start()
        SystemLimits.ignoreBrokenPipes()
        let files = SystemLimits.raiseFileLimit()
        let loop = try EventLoop()
        let life = try ServerLife(loop, configuration, version: version, log)
        log.notice(
            "starting",
            metadata: ["version": "\(version)", "loops": "\(life.loopCount)", "open_files_max": "\(files)"])
        let budget = DescriptorBudget(files: files, loops: life.loopCount, masters: life.masterCount, settings)
        budget.warn(log, files: files, settings)
        try life.start(budget)
        let identity = settings.identity
        try ProcessIdentity.become(user: identity.user, group: identity.group, giving: life.socketFiles, file)
        if !life.isSuccessor {
            if !identity.pidFile.isEmpty { try ProcessIdentity.writeID(to: identity.pidFile) }
            ServiceNotification.ready()
        }
        started()
        life.run()
        if !identity.pidFile.isEmpty { ProcessIdentity.removeID(at: identity.pidFile) }
        log.notice("ended")
    }
}

/// The control loop with all that hangs on it.
private final class ServerLife {
    let loopCount: Int
    private let loop: EventLoop
    private let configuration: Configuration
    private var settings: Settings { configuration.current.settings }
    private let log: Logger
    private let control: ControlPlane
    private let delivery: AnyObject
    private var workers: [LoopThread<Worker>] = []
    private var loads: [LoopLoad] = []
    private let admissions = AdmissionCounts()
    private var fronts: [FrontListener] = []
    private var admin: AdminEndpoint?
    private let upgrade: Upgrade
    /// The process that this one follows, until that has been told that this one serves.
    private var predecessor: Predecessor?
    private var readinessLook: LoopTimer?
    private static let readinessLookMilliseconds = 20
    private var signals: [SignalSource] = []
    private var drainDeadline: LoopTimer?
    private var startupEnd: LoopTimer?
    private var fileLook: LoopTimer?
    /// How often it is looked whether a file of the configuration has changed.
    private static let fileLookMilliseconds = 2000
    /// When the start is over, and what only it needed may go.
    private static let startupMilliseconds = 1000
    /// Counts the ways by which connections have been asked to end: retirement, then a drain.
    private var endRound = 0
    private var isDraining = false
    /// Whether another process serves.
    private var isRetired = false

    init(_ loop: EventLoop, _ configuration: Configuration, version: String, _ log: Logger) throws {
        let settings = configuration.current.settings
        self.loop = loop
        self.configuration = configuration
        self.log = log
        upgrade = Upgrade(log)
        loopCount = settings.threads > 0 ? settings.threads : SystemLimits.coreCount
        let mailbox = try Mailbox<ControlPlane>()
        control = try ControlPlane(loop, mailbox, configuration, version: version, log)
        delivery = mailbox.deliver(to: control, on: loop)
    }

    var masterCount: Int { control.masterNames.count }

    func start(_ budget: DescriptorBudget) throws {
        for index in 0..<loopCount {
            let load = LoopLoad()
            let censuses = control.censuses
            let settings = settings
            let log = log
            let mailbox = control.mailbox
            let masterNames = control.masterNames
            let tls = control.tls
            loads.append(load)
            workers.append(
                try LoopThread(name: "worker-\(index)") { loop, own in
                    Worker(
                        loop, index: index, settings: settings, tls: tls, masterNames: masterNames, mailbox: own, control: mailbox, load: load,
                        censuses: censuses, linksMax: budget.linksMax, log: log)
                } failed: { [writer = configuration.logWriter] error in
                    log.critical("a worker loop did not start", metadata: ["loop": "\(index)", "error": "\(error)"])
                    writer.flush(milliseconds: 1000)
                    exit(1)
                })
        }
        let mailboxes = workers.map(\.mailbox)
        let exposures = [
            settings.listen.exposure, settings.listen.tlsExposure, settings.http.exposure, settings.http.tlsExposure,
            settings.admin.exposure,
        ]
        for exposure in exposures {
            if case .loopbackOnly(let reason) = exposure { log.warning("\(reason)") }
        }
        if let openness = settings.http.openness { log.warning("\(openness)") }
        var inherited = InheritedSockets()
        fronts = try FrontListeners(settings, masterNames: control.masterNames, &inherited, log).all
        admin = try AdminEndpoint(control, admissions, settings.admin, &inherited)
        for address in inherited.left {
            log.warning("a socket was handed over for which no setting asks", metadata: ["address": "\(address)"])
        }
        predecessor = inherited.predecessor
        let admission = Acceptor.Admission(settings)
        mailboxes.first?.post { [mailboxes, loads, admissions, fronts, tls = control.tls, log] worker in
            worker.acceptor = Acceptor(
                on: worker, fronts, workers: mailboxes, loads: loads, counts: admissions, tls: tls, admission: admission, clientsMax: budget.clientsMax,
                log: log)
        }
        control.beginDrain = { [unowned self] in if !isDraining { drain() } }
        if settings.reloadsOnChange, !configuration.current.files.isEmpty {
            fileLook = LoopTimer(loop, milliseconds: Self.fileLookMilliseconds, repeating: true) { [unowned self] in
                if configuration.hasChangedFiles() { _ = control.reload() }
            }
        }
        control.beginUpgrade = { [unowned self] done in beginUpgrade(done) }
        control.start(workers: mailboxes)
        if predecessor != nil {
            readinessLook = LoopTimer(loop, milliseconds: Self.readinessLookMilliseconds, repeating: true) { [unowned self] in
                if Readiness.problem(control) == nil { takeOver() }
            }
        }
        signals = [
            SignalSource(loop, signal: SIGTERM) { [unowned self] in isDraining ? end() : drain() },
            SignalSource(loop, signal: SIGINT) { [unowned self] in end() },
            SignalSource(loop, signal: SIGUSR2) { [unowned self] in beginUpgrade { _ in } },
            SignalSource(loop, signal: SIGHUP) { [unowned self] in
                // For who moves log files away before they grow too large.
                configuration.logWriter.reopen()
                _ = control.reload()
            },
        ]
    }

    /// The files of the sockets that are listened at.
    var socketFiles: [String] {
        (settings.listen.effectiveAddresses + settings.http.effectiveAddresses).compactMap(\.endpoint.unixPath)
    }

    func run() {
        MemoryReturn.beginAtOnce()
        startupEnd = LoopTimer(loop, milliseconds: Self.startupMilliseconds) { [unowned self] in
            StartupPages.release()
            if !settings.http.effectiveAddresses.isEmpty { workers.first?.mailbox.post { $0.rehearse() } }
        }
        withExtendedLifetime(delivery) { loop.run() }
        for worker in workers {
            worker.mailbox.post { $0.stop() }
            worker.join()
        }
    }

    // MARK: From one process to the next

    /// Whether this process has been started to follow another.
    var isSuccessor: Bool { predecessor != nil }

    /// This process leads to the master: the one before it need take nobody in any more.
    private func takeOver() {
        readinessLook = nil
        let pidFile = settings.identity.pidFile
        if !pidFile.isEmpty {
            do { try ProcessIdentity.writeID(to: pidFile) } catch { log.error("\(error)") }
        }
        log.notice("taking over", metadata: ["from": "\(predecessor?.processID ?? 0)"])
        predecessor?.tellReady()
        predecessor = nil
    }

    private func beginUpgrade(_ done: @escaping (Upgrade.Outcome) -> Void) {
        guard !isDraining, !isRetired else { return done(.failed("this process is on its way out")) }
        // The other process would know nothing of it.
        if let paused = control.topologies.first(where: \.isPaused) { return done(.failed("\(paused.masterName) is paused: resume first")) }
        upgrade.begin(loop, fronts.map(\.socket) + (admin?.sockets ?? [])) { [unowned self] outcome in
            if case .serves(let processID) = outcome { retire(for: processID) }
            done(outcome)
        }
    }

    /// Takes nobody in any more, and serves who is here until the last has left, or for as long as an upgrade may take.
    private func retire(for processID: Int32) {
        isRetired = true
        ServiceNotification.followed(by: processID)
        for front in fronts { front.socket.leaveFile() }
        admin?.stopListening()
        control.isDraining = true
        let grace = settings.upgradeTimeoutMilliseconds
        if grace > 0 { drainDeadline = LoopTimer(loop, milliseconds: grace) { [unowned self] in drain() } }
        awaitEnd { worker, done in worker.retire(done) }
    }

    // MARK: The end

    private func drain() {
        isDraining = true
        upgrade.giveUp()
        if !isRetired { ServiceNotification.stopping() }
        log.notice("draining", metadata: ["grace_ms": "\(settings.drainTimeoutMilliseconds)"])
        control.isDraining = true
        drainDeadline = LoopTimer(loop, milliseconds: max(1, settings.drainTimeoutMilliseconds)) { [unowned self] in
            log.warning("grace time over")
            end()
        }
        awaitEnd { worker, done in worker.drain(done) }
    }

    /// Has all loops end their connections by `ending`, and ends the process when none is left.
    private func awaitEnd(_ ending: @escaping @Sendable (Worker, @escaping @Sendable () -> Void) -> Void) {
        var left = workers.count
        control.drained = { [unowned self] round in
            guard round == endRound else { return }
            left -= 1
            if left == 0 { end() }
        }
        endRound += 1
        fronts = []
        let mailbox = control.mailbox
        let loops = workers.map(\.mailbox)
        // Whom the first loop has dealt to another must be there before that one is asked whether it has anybody.
        loops.first?.post { [endRound] worker in
            worker.acceptor?.stop()
            for loop in loops { loop.post { ending($0) { mailbox.post { $0.drained?(endRound) } } } }
        }
    }

    private func end() {
        upgrade.giveUp()
        admin = nil
        fronts = []
        workers.first?.mailbox.post { $0.acceptor = nil }
        control.stop()
        loop.stop()
    }
}

extension Logger.Level {
    init(_ level: Settings.Log.Level) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}
