/// What the core keeps of a message. The envelope itself lies in the journal.
///
/// There may be tens of millions: fields that a waiting and a settled message do not both have share their place.
struct StoredMessage: Sendable {
    enum Phase: UInt8 {
        /// Not a message.
        case vacant = 0
        /// Accepted, but its record is not known to be durable yet.
        case staged = 1
        /// In at least one queue.
        case live = 2
        /// Settled everywhere; only the identity is remembered, to recognise retries.
        case settled = 3
    }

    private var idWords: (UInt64, UInt64)
    // The phase in the lowest two bits, the kind of the identity in the next two, the sequence in the upper 56.
    private var word: UInt64
    // `location`, or `settledAt`.
    private var place: UInt64
    /// Bytes of the envelope.
    let size: UInt32
    let sender: UInt32
    /// The only identity that may receive it, or ``none``.
    private(set) var receiver: UInt32
    // `firstCopy`, or `nextSettled`.
    private var link = none

    init(
        id: StoredID,
        sequence: UInt64,
        location: UInt64 = 0,
        size: UInt32,
        sender: UInt32,
        receiver: UInt32,
        phase: Phase = .staged
    ) {
        idWords = (id.first, id.second)
        word = sequence << 8 | UInt64(id.kind.rawValue) << 2 | UInt64(phase.rawValue)
        place = location
        self.size = size
        self.sender = sender
        self.receiver = receiver
    }

    static let vacant = StoredMessage(
        id: StoredID(kind: .text, first: 0, second: 0),
        sequence: 0,
        size: 0,
        sender: none,
        receiver: none,
        phase: .vacant
    )

    var id: StoredID {
        StoredID(kind: StoredID.Kind(rawValue: UInt8(word >> 2 & 3)) ?? .text, first: idWords.0, second: idWords.1)
    }

    /// The broker's own number of the message, rising for ever.
    var sequence: UInt64 { word >> 8 }

    var phase: Phase {
        get { Phase(rawValue: UInt8(word & 3)) ?? .vacant }
        set { word = word & ~3 | UInt64(newValue.rawValue) }
    }

    /// Where the journal has the record with the envelope.
    var location: UInt64 {
        get { phase == .settled ? 0 : place }
        set { place = newValue }
    }

    /// The first of its copies, linked through ``Copy/nextOfMessage``.
    var firstCopy: UInt32 {
        get { phase == .settled ? none : link }
        set { link = newValue }
    }

    // MARK: Settled

    /// - Parameter time: In microseconds since 1970.
    mutating func settle(at time: Int64) {
        phase = .settled
        place = UInt64(bitPattern: time)
        receiver = none
        link = none
    }

    /// When it was settled, in microseconds since 1970.
    var settledAt: Int64 { Int64(bitPattern: place) }

    /// The next settled message, from old to new.
    var nextSettled: UInt32 {
        get { link }
        set { link = newValue }
    }
}
