import Gateway

/// Where a loop keeps the command of the HTTP request that is being read. A class, so that the command, which is a large value, is set
/// aside by its place alone.
final class CommandSlot {
    /// Empty between two uses, except for its memory.
    var command = GatewayCommand()
    /// Whether its command is being begun, so that nothing else is read here.
    var isInUse = false
    /// Where the next request is read while this one's command is in use.
    private var next: CommandSlot?

    /// The slot for what is read while this one's command is in use.
    func takeNext() -> CommandSlot { next.take() ?? CommandSlot() }

    /// Gives back what ``takeNext()`` gave, so that its memory is used again.
    func keepNext(_ slot: CommandSlot) { next = slot }
}
