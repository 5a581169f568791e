import Synchronization

/// How many connections a worker loop serves; counted by the loop, read by the acceptor.
final class LoopLoad: Sendable {
    private let resp = Atomic<Int>(0)
    private let http = Atomic<Int>(0)

    func count(_ front: Front) -> Int {
        switch front {
        case .resp: resp.load(ordering: .relaxed)
        case .http: http.load(ordering: .relaxed)
        }
    }

    func add(_ front: Front, _ difference: Int) {
        switch front {
        case .resp: resp.wrappingAdd(difference, ordering: .relaxed)
        case .http: http.wrappingAdd(difference, ordering: .relaxed)
        }
    }

    var total: Int { count(.resp) + count(.http) }
}
