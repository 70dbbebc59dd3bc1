internal import Foundation
internal import Glibc
internal import Synchronization

/// Stands between clients and the broker on loopback, and cuts connections after a number of bytes that was drawn
/// when they came: in the middle of a TLS record as a rule.
package final class CuttingProxy: Sendable {
    private struct State {
        var chance: Chance
        var target = 0
        var links: [Int: ProxyLink] = [:]
        var linkNumber = 0
        var stallsUntil = ContinuousClock.now
        var cutsAtRandom = true
        var isClosed = false
        var cuts = 0
    }

    private let listener: Int32
    /// On 127.0.0.1.
    package let port: Int
    private let state: Mutex<State>

    init(chance: Chance) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = LoopbackSocket.address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, address, &length) == 0
            }
        }
        guard isListening else { throw TortureError(description: "no proxy: \(String(cString: strerror(errno)))") }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        state = Mutex(State(chance: chance))
        Thread.detachNewThread { [self] in acceptAll() }
    }

    /// One that leads to `target` and cuts nothing by itself.
    package convenience init(to target: Int) throws {
        try self.init(chance: Chance(seed: 0, "proxy"))
        calmDown()
        lead(to: target)
    }

    /// How many connections were cut so far.
    var cuts: Int { state.withLock { $0.cuts } }

    /// Where connections lead from now on.
    func lead(to port: Int) {
        state.withLock { $0.target = port }
    }

    /// Cuts every connection that there is now.
    func cutAll() {
        let links = state.withLock { state in
            state.cuts += state.links.count
            return Array(state.links.values)
        }
        for link in links { link.cut() }
    }

    /// Lets no byte through for a while, and breaks nothing: a network that lost its way.
    package func stall(for duration: Duration) {
        state.withLock { $0.stallsUntil = .now + duration }
    }

    /// From now on nothing is cut and nothing waits.
    package func calmDown() {
        state.withLock { state in
            state.cutsAtRandom = false
            state.stallsUntil = .now
        }
    }

    package func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        cutAll()
    }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else {
                if state.withLock({ $0.isClosed }) { break }
                continue
            }
            _ = fcntl(client, F_SETFD, FD_CLOEXEC)
            let (target, bytes) = state.withLock { state in
                // Half of them live until somebody else ends them.
                let isCut = state.cutsAtRandom && state.chance.oneIn(2)
                return (state.target, isCut ? state.chance.skewed(upTo: 200_000) : nil)
            }
            guard let server = LoopbackSocket.connect(port: target) else {
                Glibc.close(client)
                continue
            }
            add(ProxyLink(client: client, server: server, bytes: bytes))
        }
        Glibc.close(listener)
    }

    private func add(_ link: ProxyLink) {
        let number = state.withLock { state in
            state.linkNumber += 1
            state.links[state.linkNumber] = link
            return state.linkNumber
        }
        link.start(
            pause: { [self] in state.withLock { $0.stallsUntil } },
            ended: { [self] wasCut in
                state.withLock { state in
                    state.links[number] = nil
                    if wasCut { state.cuts += 1 }
                }
            }
        )
    }
}
