internal import CMQClientCommand

/// The file of received messages, as a crash may have left it.
enum ReceivedTarget {
    private static let file = AnonymousFile()

    static func run(_ bytes: [UInt8]) throws {
        file.write(bytes)
        var count = 0
        do {
            let output = try OutputFile(path: file.path)
            count = output.count
            let isChanged = file.content() != bytes
            try require((output.repair != nil) == isChanged, "says something else than it did")
        } catch let failure as FuzzFailure {
            throw failure
        } catch {
            try require(file.content() == bytes, "changes a file that it refuses")
            return
        }
        let kept = file.content()
        // A line end may be added to the last record; nothing else comes that was not there.
        let isPart = bytes.starts(with: kept) || kept == bytes + [0x0A]
        try require(isPart, "writes what was not there")
        try require(kept.isEmpty || kept.last == 0x0A, "leaves a line without its end")
        let dropped = bytes.dropFirst(kept.count)
        let isWhole = dropped.contains(0x0A) && !dropped.contains(0)
        try require(!isWhole, "drops a whole line")
        let again = try OutputFile(path: file.path)
        try require(again.count == count && again.repair == nil, "reads a mended file otherwise")
    }
}
