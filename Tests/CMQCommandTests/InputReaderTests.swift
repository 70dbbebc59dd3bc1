import TestSupport
import Testing

@testable import CMQClientCommand

@Suite struct InputReaderTests {
    private let directory: TemporaryDirectory
    private let pipe: NamedPipe

    init() throws {
        directory = try TemporaryDirectory()
        pipe = try NamedPipe(directory.file("input"))
    }

    /// Takes everything up to the end, waiting where something is still being read.
    private func takeAll(
        _ reader: InputReader,
        _ notifications: inout AsyncStream<Void>.Iterator
    ) async throws -> String {
        var bytes: [UInt8] = []
        while true {
            switch try reader.take() {
            case .chunk(let chunk): bytes += chunk
            case .nothing: _ = await notifications.next()
            case .end: return String(decoding: bytes, as: UTF8.self)
            }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `what was read before a stop can be taken, and nothing is read after it`() async throws {
        let (stream, post) = AsyncStream<Void>.makeStream()
        var notifications = stream.makeAsyncIterator()
        let reader = try InputReader([pipe.path]) { post.yield() }
        try pipe.write("one\nlast")
        _ = await notifications.next()
        reader.stop()
        try pipe.write("later\n")
        let taken = try await takeAll(reader, &notifications)
        #expect(taken == "one\nlast")
        #expect(pipe.readRest() == "later\n")
    }

    @Test(.timeLimit(.minutes(1)))
    func `a stop while nothing comes is the end at once`() async throws {
        let (stream, post) = AsyncStream<Void>.makeStream()
        var notifications = stream.makeAsyncIterator()
        let reader = try InputReader([pipe.path]) { post.yield() }
        reader.stop()
        let taken = try await takeAll(reader, &notifications)
        #expect(taken.isEmpty)
    }

    /// The stop meets the reader before, while and after it reads.
    @Test(.timeLimit(.minutes(1)))
    func `what is not taken after a stop is still in the pipe`() async throws {
        for _ in 0..<50 {
            let (stream, post) = AsyncStream<Void>.makeStream()
            var notifications = stream.makeAsyncIterator()
            let reader = try InputReader([pipe.path]) { post.yield() }
            try pipe.write("one\nlast")
            reader.stop()
            let taken = try await takeAll(reader, &notifications)
            let left = pipe.readRest()
            #expect(taken + left == "one\nlast")
        }
    }
}
