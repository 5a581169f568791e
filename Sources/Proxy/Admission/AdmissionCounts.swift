import Synchronization

/// Whom the acceptor turned away; counted on its loop, read by the admin port.
final class AdmissionCounts: Sendable {
    /// Why a peer was closed at once.
    enum Reason: CaseIterable {
        /// No allowlist names it.
        case address
        /// The front has as many clients as it may.
        case maxClients
    }

    private let respAddress = Atomic<Int>(0)
    private let respMaxClients = Atomic<Int>(0)
    private let httpAddress = Atomic<Int>(0)
    private let httpMaxClients = Atomic<Int>(0)

    func add(_ front: Front, _ reason: Reason) {
        switch (front, reason) {
        case (.resp, .address): respAddress.wrappingAdd(1, ordering: .relaxed)
        case (.resp, .maxClients): respMaxClients.wrappingAdd(1, ordering: .relaxed)
        case (.http, .address): httpAddress.wrappingAdd(1, ordering: .relaxed)
        case (.http, .maxClients): httpMaxClients.wrappingAdd(1, ordering: .relaxed)
        }
    }

    func count(_ front: Front, _ reason: Reason) -> Int {
        switch (front, reason) {
        case (.resp, .address): respAddress.load(ordering: .relaxed)
        case (.resp, .maxClients): respMaxClients.load(ordering: .relaxed)
        case (.http, .address): httpAddress.load(ordering: .relaxed)
        case (.http, .maxClients): httpMaxClients.load(ordering: .relaxed)
        }
    }
}
