import EventLoop

/// Large work that waits for the loop's next turn, since this one has lasted long enough: so much of it does not hold up everybody
/// else.
struct PostponedWork {
    /// How long a turn may last before large work waits for the next; microseconds.
    static let turnMicrosecondsMax = 5000
    /// Input from which on a request is large.
    static let largeBytes = 16 << 10

    var actions: [() -> Void] = []
    var timer: LoopTimer?
}

extension Worker {
    /// Whether the turn under way has lasted so long that large work had better wait.
    var isTurnLong: Bool { MonotonicClock.nowMicroseconds() &- loop.turnStamp > PostponedWork.turnMicrosecondsMax }

    /// `action` is done in the next turn.
    func postpone(_ action: @escaping () -> Void) {
        postponed.actions.append(action)
        guard postponed.timer == nil else { return }
        postponed.timer = LoopTimer(loop, milliseconds: 0) { [unowned self] in
            postponed.timer = nil
            let actions = postponed.actions
            postponed.actions = []
            for action in actions { action() }
        }
    }
}
