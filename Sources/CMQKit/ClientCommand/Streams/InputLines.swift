internal import Glibc

/// Cuts input into lines, bounded in memory: a line beyond the limit is passed over.
package struct InputLines {
    package enum Line {
        /// The bytes live as long as the call.
        case content(UnsafeRawBufferPointer)
        /// More bytes than a message may have.
        case tooLong
    }

    private let lineBytesMax: Int
    private var buffer: [UInt8] = []
    private var offset = 0
    private var searched = 0
    private var isSkipping = false
    private var isFinished = false
    /// The number of the line that came last, from 1.
    package private(set) var number = 0

    package init(lineBytesMax: Int) {
        self.lineBytesMax = lineBytesMax
    }

    /// Adds what was read.
    package mutating func feed(_ chunk: [UInt8]) {
        if offset == buffer.count {
            buffer = chunk
            searched = 0
        } else {
            buffer.removeFirst(offset)
            searched -= offset
            buffer.append(contentsOf: chunk)
        }
        offset = 0
    }

    /// Whether something was read that no line was made of yet.
    package var hasBuffered: Bool { offset < buffer.count }

    /// No more input comes: a last line without its end counts.
    package mutating func finish() {
        isFinished = true
    }

    /// Gives `body` the next line; says whether there was one.
    package mutating func next(_ body: (Line, _ number: Int) -> Void) -> Bool {
        while true {
            let end = buffer.withUnsafeBytes { bytes -> Int? in
                guard searched < bytes.count, let base = bytes.baseAddress else { return nil }
                return memchr(base + searched, 0x0A, bytes.count - searched)
                    .map { UnsafeRawPointer($0) - base }
            }
            guard let end else { return last(body) }
            let start = offset
            offset = end + 1
            searched = offset
            if isSkipping {
                isSkipping = false
                continue
            }
            emit(start, end, body)
            return true
        }
    }

    private mutating func last(_ body: (Line, Int) -> Void) -> Bool {
        searched = buffer.count
        if isSkipping {
            offset = buffer.count
            return false
        }
        if buffer.count - offset > lineBytesMax + 1 {
            number += 1
            offset = buffer.count
            isSkipping = !isFinished
            body(.tooLong, number)
            return true
        }
        guard isFinished, offset < buffer.count else { return false }
        let start = offset
        offset = buffer.count
        emit(start, buffer.count, body)
        return true
    }

    private mutating func emit(_ start: Int, _ end: Int, _ body: (Line, Int) -> Void) {
        number += 1
        let number = number
        buffer.withUnsafeBytes { bytes in
            let length = end > start && bytes[end - 1] == 0x0D ? end - start - 1 : end - start
            if length > lineBytesMax {
                body(.tooLong, number)
            } else {
                body(.content(UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])), number)
            }
        }
    }
}
