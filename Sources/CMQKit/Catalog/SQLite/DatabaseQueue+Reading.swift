internal import GRDB

extension DatabaseQueue {
    /// Opens a file that a broker may be writing to, and changes nothing in it.
    convenience init(readingCatalog path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        configuration.label = "cmq.catalog.reader"
        try self.init(path: path, configuration: configuration)
    }
}
