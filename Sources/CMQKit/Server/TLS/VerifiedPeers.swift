internal import CMQCertificates
internal import Foundation
internal import Synchronization

/// Certificate chains that were verified before, so that a client that connects again costs no second search.
///
/// Only chains that were accepted are kept, byte for byte, and only for the authority and the revocation list that
/// they were verified with: somebody without a certificate of ours cannot put anything in here.
final class VerifiedPeers: Sendable {
    private struct Entry {
        let client: ClientCertificate
        /// The times between which the verification says what it would say again.
        let validity: ClosedRange<Date>
    }

    private static let entriesMax = 4_096
    /// Longer chains are verified each time: whoever has a certificate can send any others along with it.
    static let chainBytesMax = 16 << 10

    private let entries = Mutex<[[[UInt8]]: Entry]>([:])

    /// Whether a chain is short enough to be kept.
    static func keeps(_ chain: [[UInt8]]) -> Bool {
        chain.reduce(0) { $0 + $1.count } <= chainBytesMax
    }

    /// The client that `chain` stands for, if it was accepted before and would be accepted again at `now`.
    func client(of chain: [[UInt8]], at now: Date) -> ClientCertificate? {
        guard Self.keeps(chain) else { return nil }
        return entries.withLock { entries in
            guard let entry = entries[chain], entry.validity.contains(now) else { return nil }
            return entry.client
        }
    }

    func add(_ client: ClientCertificate, of chain: [[UInt8]], verifiedAt now: Date, until end: Date) {
        guard now <= end, Self.keeps(chain) else { return }
        entries.withLock { entries in
            // All at once rather than the oldest: so many clients at one broker are rare.
            if entries.count >= Self.entriesMax { entries.removeAll() }
            entries[chain] = Entry(client: client, validity: now...end)
        }
    }
}
