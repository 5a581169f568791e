/// What a stream socket has that is connected, encrypted, carried, held up by its peer or on its way out; all others carry one word
/// of it.
final class StreamExtras {
    var tls: TLSConnection?
    var writeEvent: SocketEvent?
    var deadline: LoopTimer?
    var statedPeer: StatedPeer?
    var lingeredBytes = 0
    /// What the bytes go to in place of a descriptor.
    var carrier: (any StreamCarrier)?
    /// Whether the carrier has taken less than it was given.
    var isCarrierFull = false

    /// Whether bytes do not go to the kernel as they are.
    var isIndirect: Bool { tls != nil || carrier != nil }
}

extension StreamSocket {
    /// Most sockets never have to wait for the kernel to take bytes, so the event is made when one does.
    func watchWritable() {
        let extras = madeExtras
        if extras.carrier != nil { return extras.isCarrierFull = true }
        if extras.writeEvent == nil { extras.writeEvent = SocketEvent(fd: fd, reading: false, handler: self) }
        extras.writeEvent?.add()
    }

    func unwatchWritable() {
        guard let extras else { return }
        extras.writeEvent?.remove()
        extras.isCarrierFull = false
    }

    func watchReadable() {
        if readEvent == nil { readEvent = SocketEvent(fd: fd, reading: true, handler: self) }
        readEvent?.add()
    }
    func unwatchReadable() { readEvent?.remove() }

    var isWaitingWritable: Bool { extras.map { $0.writeEvent?.isAdded == true || $0.isCarrierFull } ?? false }

    var madeExtras: StreamExtras {
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
