import EventLoop
import Sentinel

/// A failover that an operator has asked for, from the question to a sentinel until clients go on with the new master.
///
///     asked ──the sentinel refuses──▶ failed
///       └──it begins──▶ awaiting ──another master is decided for──▶ done
///                          └──given up, or out of time──▶ failed
final class PlannedFailover {
    enum Outcome {
        case switched(from: MasterClaim, to: MasterClaim, milliseconds: Int)
        case failed(String)
    }

    private static let limitMilliseconds = 30_000

    private let old: MasterClaim
    private let loop: EventLoop
    private let startedAt: Int
    private var done: ((Outcome) -> Void)?
    private var deadline: LoopTimer?

    init(_ loop: EventLoop, from old: MasterClaim, _ done: @escaping (Outcome) -> Void) {
        self.loop = loop
        self.old = old
        self.done = done
        startedAt = loop.nowMilliseconds
        deadline = LoopTimer(loop, milliseconds: Self.limitMilliseconds) { [unowned self] in end(.failed("no other master within 30 s")) }
    }

    var isOver: Bool { done == nil }

    /// The sentinel has answered.
    func answered(refusal: String?) {
        if let refusal { end(.failed("the sentinel refuses: \(refusal)")) }
    }

    func gaveUp() { end(.failed("the sentinel gave the failover up")) }

    func decided(for claim: MasterClaim) {
        if claim.endpoint != old.endpoint { end(.switched(from: old, to: claim, milliseconds: loop.nowMilliseconds - startedAt)) }
    }

    private func end(_ outcome: Outcome) {
        deadline = nil
        let done = done
        self.done = nil
        done?(outcome)
    }
}
