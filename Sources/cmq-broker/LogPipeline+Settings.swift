import CMQCommand
import CMQConfiguration
import CMQLogging
import Foundation
import Logging

extension LogPipeline {
    /// Opens the log that the configuration describes.
    static func open(_ settings: LoggingSettings, format: StreamFormat?) throws -> LogPipeline {
        var options = Options()
        options.level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
        options.paths = LogFiles.Paths(info: settings.infoPath, debug: settings.debugPath, error: settings.errorPath)
        options.rotation = LogRotation(rawValue: settings.rotation.rawValue) ?? .daily
        options.sizeBytesMax = settings.maxSizeMegabytes << 20
        options.keptFiles = settings.keptFiles
        options.queueLinesMax = settings.bufferLines
        options.streamFormat = format ?? settings.format.flatMap { StreamFormat(rawValue: $0.rawValue) }
        options.environment = ProcessInfo.processInfo.environment
        do {
            return try LogPipeline(options)
        } catch {
            throw CommandFailure(.cannotCreate, "\(error)")
        }
    }
}
