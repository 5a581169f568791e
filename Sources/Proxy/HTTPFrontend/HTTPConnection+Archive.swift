import EventLoop
import Forwarding
import Gateway

/// A client that listens to channels with a history.
extension HTTPConnection {
    func listenByArchive(_ command: borrowing GatewayCommand, _ topics: [ChannelTopic], _ events: EventStream) {
        let key = ArchiveListener.Key(loop: worker.index, owner: owner)
        begunWork.stream = HTTPStream(copy command, events, .archive(key))
        let listener = ArchiveListener(key: key, mailbox: worker.mailbox, topics: topics, lastEventID: command.lastEventID, events: Handoff(events))
        let (masterIndex, user) = (pool.masterIndex, command.presentation.redisUser)
        worker.archives.home?.post { $0.archives.add(listener, masterIndex: masterIndex, as: user, $0) }
    }

    /// From here on the client is told of everything; `bytes` begin with what it has missed.
    func archiveBegan(_ bytes: [UInt8], _ id: [UInt8]) {
        guard let stream, case .archive = stream.source, !stream.hasBegun else { return }
        sendHead(stream)
        archiveSent(bytes, id)
    }

    func archiveSent(_ bytes: [UInt8], _ id: [UInt8]) {
        guard let stream, case .archive = stream.source, stream.hasBegun else { return }
        stream.eventID = id
        sendEvents(bytes)
    }
}
