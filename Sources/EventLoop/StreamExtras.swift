/// What a stream socket has that is connected, encrypted, held up by its peer or on its way out; all others carry one word
/// of it.
final class StreamExtras {
    var tls: TLSConnection?
    var writeEvent: SocketEvent?
    var deadline: LoopTimer?
    var statedPeer: StatedPeer?
    var lingeredBytes = 0
}

extension StreamSocket {
    /// Most sockets never have to wait for the kernel to take bytes, so the event is made when one does.
    func watchWritable() {
        let extras = madeExtras
        if extras.writeEvent == nil { extras.writeEvent = SocketEvent(fd: fd, reading: false, handler: self) }
        extras.writeEvent?.add()
    }

    func unwatchWritable() { extras?.writeEvent?.remove() }
    func watchReadable() {
        if readEvent == nil { readEvent = SocketEvent(fd: fd, reading: true, handler: self) }
        readEvent?.add()
    }
    func unwatchReadable() { readEvent?.remove() }

    var isWaitingWritable: Bool { extras?.writeEvent?.isAdded == true }

    private var madeExtras: StreamExtras {
        if let extras { return extras }
        let made = StreamExtras()
        extras = made
        return made
    }

    var tls: TLSConnection? {
        get { extras?.tls }
        set { if newValue != nil || extras != nil { madeExtras.tls = newValue } }
    }

    /// Of the connect, of a finish that makes no progress, of lingering.
    var deadline: LoopTimer? {
        get { extras?.deadline }
        set { if newValue != nil || extras != nil { madeExtras.deadline = newValue } }
    }

    /// For whom the peer says that it has connected.
    var statedPeer: StatedPeer? {
        get { extras?.statedPeer }
        set { if newValue != nil || extras != nil { madeExtras.statedPeer = newValue } }
    }

    var lingeredBytes: Int {
        get { extras?.lingeredBytes ?? 0 }
        set { madeExtras.lingeredBytes = newValue }
    }
}
