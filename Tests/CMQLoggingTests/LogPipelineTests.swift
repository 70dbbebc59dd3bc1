import Foundation
import Logging
import TestSupport
import Testing

@testable import CMQLogging

struct LogPipelineTests {
    private let directory: TemporaryDirectory
    private let clock = TurnedClock("2025-09-08T07:03:00Z")

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Runs `body` with a pipeline whose stream is a pipe, and gives what came out of the pipe.
    private func stream(
        _ change: (inout LogPipeline.Options) -> Void = { _ in },
        _ body: (LogPipeline) -> Void
    ) throws -> String {
        let pipe = Pipe()
        var options = LogPipeline.Options()
        options.streamDescriptor = pipe.fileHandleForWriting.fileDescriptor
        options.environment = ["TERM": "xterm"]
        change(&options)
        let pipeline = try LogPipeline(options) { [clock] in clock.now }
        body(pipeline)
        #expect(pipeline.flush(timeout: .seconds(60)))
        try pipe.fileHandleForWriting.close()
        return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    @Test func withoutFilesPlainLinesGoToTheStream() throws {
        let output = try stream { pipeline in
            var logger = pipeline.logger(label: "cmq.test")
            logger[.client] = "FL-LAB"
            logger.info("Queue declared", metadata: Logger.Metadata([.queue: "labs"]))
            logger.debug("not at this level")
        }
        #expect(output == "2025-09-08T07:03:00Z INFO     Queue declared client=FL-LAB queue=labs\n")
    }

    @Test func withFilesTheStreamIsQuietUnlessItIsATerminal() throws {
        let output = try stream {
            $0.paths.info = directory.file("info.log")
        } _: {
            $0.logger(label: "cmq.test").info("a")
        }
        #expect(output == "")
        #expect(try directory.messages(in: "info.log") == ["a"])
    }

    @Test func aFormatThatWasAskedForIsWrittenBesideTheFiles() throws {
        let output = try stream {
            $0.paths.info = directory.file("info.log")
            $0.streamFormat = .json
        } _: {
            $0.logger(label: "cmq.test").info("a")
        }
        #expect(output == "{\"timestamp\":\"2025-09-08T07:03:00Z\",\"level\":\"INFO\",\"message\":\"a\"}\n")
        #expect(try directory.read("info.log") == output)
    }

    @Test func aTerminalGetsColouredLinesBesideTheFiles() throws {
        let terminal = try #require(Terminal())
        var options = LogPipeline.Options()
        options.paths.info = directory.file("info.log")
        options.streamDescriptor = terminal.descriptor
        options.environment = ["TERM": "xterm"]
        let pipeline = try LogPipeline(options) { [clock] in clock.now }
        pipeline.logger(label: "cmq.test").warning("a")
        #expect(pipeline.flush(timeout: .seconds(60)))
        #expect(terminal.readLine() == "2025-09-08T07:03:00Z \u{1B}[33mWARN\u{1B}[0m     a\r\n")
    }

    @Test func metadataOfTheEventWinsOverThatOfTheLogger() throws {
        let output = try stream { pipeline in
            var logger = pipeline.logger(label: "cmq.test")
            logger[.queue] = "old"
            logger.notice("x", metadata: Logger.Metadata([.queue: "new"]))
        }
        #expect(output.hasSuffix("NOTICE   x queue=new\n"))
    }

    @Test func aStreamThatIsGoneCostsLinesOnly() throws {
        let full = try FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/full"))
        var options = LogPipeline.Options()
        options.streamDescriptor = full.fileDescriptor
        options.paths.error = directory.file("error.log")
        options.streamFormat = .text
        let pipeline = try LogPipeline(options)
        pipeline.logger(label: "cmq.test").error("a")
        #expect(pipeline.flush(timeout: .seconds(60)))
        #expect(pipeline.losses == LogPipeline.Losses(dropped: 0, failed: 1))
        #expect(try directory.messages(in: "error.log") == ["a"])
    }

    @Test func reopensItsFiles() throws {
        var options = LogPipeline.Options()
        options.paths.info = directory.file("info.log")
        options.streamDescriptor = -1
        let pipeline = try LogPipeline(options)
        pipeline.logger(label: "cmq.test").info("a")
        #expect(pipeline.flush(timeout: .seconds(60)))
        try FileManager.default.moveItem(atPath: directory.file("info.log"), toPath: directory.file("moved"))
        #expect(pipeline.reopen() == [])
        pipeline.logger(label: "cmq.test").info("b")
        #expect(pipeline.flush(timeout: .seconds(60)))
        #expect(try directory.messages(in: "moved") == ["a"])
        #expect(try directory.messages(in: "info.log") == ["b"])
    }
}
