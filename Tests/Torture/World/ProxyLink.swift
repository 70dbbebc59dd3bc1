internal import Foundation
internal import Glibc
internal import Synchronization

/// One connection through the proxy: two sockets and a thread for each direction.
final class ProxyLink: Sendable {
    private struct State {
        /// How many more bytes get through, of both directions together.
        var bytesLeft: Int
        var directions = 2
        var wasCut = false
    }

    private let client: Int32
    private let server: Int32
    private let state: Mutex<State>

    /// - Parameter bytes: After how many bytes it is cut; never when `nil`.
    init(client: Int32, server: Int32, bytes: Int?) {
        self.client = client
        self.server = server
        state = Mutex(State(bytesLeft: bytes ?? .max))
    }

    /// - Parameters:
    ///   - pause: Until when nothing may get through.
    ///   - ended: Says whether the link was cut by its number of bytes.
    func start(pause: @escaping @Sendable () -> ContinuousClock.Instant, ended: @escaping @Sendable (Bool) -> Void) {
        for (source, sink) in [(client, server), (server, client)] {
            Thread.detachNewThread { [self] in
                pump(source, sink, pause)
                shutdown(client, Int32(SHUT_RDWR))
                shutdown(server, Int32(SHUT_RDWR))
                // The sockets' numbers must not be used again while the other thread has them.
                let (isLast, wasCut) = state.withLock { state in
                    state.directions -= 1
                    return (state.directions == 0, state.wasCut)
                }
                guard isLast else { return }
                close(client)
                close(server)
                ended(wasCut)
            }
        }
    }

    func cut() {
        state.withLock { $0.bytesLeft = 0 }
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
    }

    private func pump(_ source: Int32, _ sink: Int32, _ pause: () -> ContinuousClock.Instant) {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            while ContinuousClock.now < pause() { usleep(5_000) }
            let allowed = state.withLock { state in
                let allowed = min(count, state.bytesLeft)
                state.bytesLeft -= allowed
                if allowed < count { state.wasCut = true }
                return allowed
            }
            var sent = 0
            while sent < allowed {
                let written = buffer.withUnsafeBytes { bytes in
                    send(sink, bytes.baseAddress?.advanced(by: sent), allowed - sent, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { return }
                sent += written
            }
            if allowed < count { return }
        }
    }
}
