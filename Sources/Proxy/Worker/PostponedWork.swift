import EventLoop
import Forwarding

/// Web clients whose large requests wait for the loop's next turn, since this one has lasted long enough: so many of them do not
/// hold up everybody else.
struct PostponedWork {
    /// How long a turn may last before large work waits for the next; microseconds.
    static let turnMicrosecondsMax = 5000
    /// Input from which on a request is large.
    static let largeBytes = 16 << 10

    var owners: [RequestLedger.Owner] = []
    var timer: LoopTimer?
}

extension Worker {
    /// Whether the turn under way has lasted so long that large work had better wait.
    var isTurnLong: Bool { MonotonicClock.nowMicroseconds() &- loop.turnStamp > PostponedWork.turnMicrosecondsMax }

    /// `owner` goes on in the next turn.
    func postpone(_ owner: RequestLedger.Owner) {
        postponed.owners.append(owner)
        guard postponed.timer == nil else { return }
        postponed.timer = LoopTimer(loop, milliseconds: 0) { [unowned self] in
            postponed.timer = nil
            let owners = postponed.owners
            postponed.owners = []
            for owner in owners { (clients[owner] as? HTTPConnection)?.goOn() }
        }
    }
}
