/// How far a listing of messages has come. Messages without a sending time, which earlier versions
/// allowed, are a section of their own, because no index range covers them together with the others.
package enum MessagePosition: Sendable, Equatable {
    /// Among the messages without a sending time, behind this id.
    case untimed(after: String?)
    /// Among the others, behind this one.
    case timed(after: MessageMark?)
}

/// A message in the order of sending: its time as it is stored, then its id.
package struct MessageMark: Sendable, Equatable {
    package var sentTime: String
    package var messageID: String

    package init(sentTime: String, messageID: String) {
        self.sentTime = sentTime
        self.messageID = messageID
    }
}

/// A part of a listing.
package struct MessagePage: Sendable {
    package var rows: [MessageRow]
    /// Where the next page begins, which may be empty; `nil` behind the last one.
    package var next: MessagePosition?

    package init(rows: [MessageRow], next: MessagePosition?) {
        self.rows = rows
        self.next = next
    }
}
