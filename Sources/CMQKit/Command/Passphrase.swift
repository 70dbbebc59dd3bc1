package import CMQSecrets
internal import Glibc

/// Passphrases come from a file or from the terminal, never from the command line, which every
/// user of the machine can read.
package enum Passphrase {
    /// The longest passphrase in bytes of UTF-8.
    package static let bytesMax = 1024

    /// Reads the one line of `path`; its line end does not belong to the passphrase.
    ///
    /// - Parameter diagnostics: Gets a warning when other users can read the file.
    /// - Throws: ``CommandFailure`` when the file cannot be read, is empty or has more than one line.
    package static func read(
        file path: String,
        diagnostics: Diagnostics? = nil
    ) throws(CommandFailure) -> SecretBytes {
        let content: SecretBytes
        do throws(FileError) {
            // Room for the line end, and one byte to tell that the line is too long.
            content = try SafeFile.readSecret(at: path, limit: bytesMax + 2)
            if let diagnostics, try SafeFile.permissions(at: path) & 0o077 != 0 {
                diagnostics.warning("other users can read the passphrase file \(path)")
                diagnostics.hint("chmod 600 \(path)")
            }
        } catch {
            throw .reading(error)
        }
        let hint = "put the passphrase on the first line of the file, and nothing else"
        guard let line = onlyLine(of: content) else {
            throw CommandFailure(.dataError, "passphrase file \(path) has more than one line", hint: hint)
        }
        guard line.count > 0 else {
            throw CommandFailure(.dataError, "passphrase file \(path) is empty", hint: hint)
        }
        guard line.count <= bytesMax else {
            throw CommandFailure(.dataError, "passphrase file \(path) has more than \(bytesMax) bytes", hint: hint)
        }
        return line
    }

    /// Asks on the terminal without showing what is typed; standard input and output stay free for data.
    ///
    /// - Parameters:
    ///   - prompt: What is asked for, without a colon: `passphrase for receiver_private.key`.
    ///   - confirm: Whether to ask twice, which a new passphrase needs.
    /// - Throws: ``CommandFailure`` without a terminal, for an empty answer and when both answers differ.
    package static func prompt(_ prompt: String, confirm: Bool) throws(CommandFailure) -> SecretBytes {
        let terminal = try HiddenInput()
        let answer = try terminal.ask("\(Diagnostics.printable(prompt)): ", bytesMax: bytesMax)
        guard answer.count > 0 else { throw CommandFailure(.dataError, "the passphrase is empty") }
        if confirm {
            let again = try terminal.ask("the same again: ", bytesMax: bytesMax)
            guard answer.isEqual(to: again) else {
                throw CommandFailure(.dataError, "the two passphrases differ", hint: "run the command again")
            }
        }
        return answer
    }

    /// The bytes before the line end; `nil` when something follows it.
    private static func onlyLine(of content: SecretBytes) -> SecretBytes? {
        content.withUnsafeBytes { bytes in
            let newline = UInt8(ascii: "\n")
            let first = bytes.firstIndex(of: newline) ?? bytes.count
            guard bytes[first...].allSatisfy({ $0 == newline }) else { return nil }
            let end = first > 0 && bytes[first - 1] == UInt8(ascii: "\r") ? first - 1 : first
            return SecretBytes(copying: bytes[..<end])
        }
    }
}

/// The controlling terminal, read byte by byte without echo.
private struct HiddenInput: ~Copyable {
    private let descriptor: Int32

    init() throws(CommandFailure) {
        descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else {
            throw CommandFailure(
                .noInput,
                "there is no terminal to ask for the passphrase on",
                hint: "use --passphrase-file FILE"
            )
        }
    }

    deinit {
        close(descriptor)
    }

    func ask(_ prompt: String, bytesMax: Int) throws(CommandFailure) -> SecretBytes {
        var before = termios()
        guard tcgetattr(descriptor, &before) == 0 else { throw Self.failure() }
        var hidden = before
        // Neither signals nor line editing by the kernel: Ctrl-C must not end the process
        // while the terminal is still silent.
        hidden.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | ISIG | IEXTEN)
        guard tcsetattr(descriptor, TCSAFLUSH, &hidden) == 0 else { throw Self.failure() }
        defer {
            tcsetattr(descriptor, TCSAFLUSH, &before)
            show("\n")
        }
        show(prompt)
        var length = 0
        var ending = Ending.line
        let line = SecretBytes(count: bytesMax) { ending = readLine(into: $0, length: &length) }
        switch ending {
        case .line: break
        case .tooLong: throw CommandFailure(.dataError, "the passphrase has more than \(bytesMax) bytes")
        case .interrupted: throw CommandFailure(.failure, "interrupted")
        case .failed: throw Self.failure()
        }
        return line.withUnsafeBytes { SecretBytes(copying: $0[..<length]) }
    }

    private enum Ending {
        case line, tooLong, interrupted, failed
    }

    private func readLine(into line: UnsafeMutableRawBufferPointer, length: inout Int) -> Ending {
        var byte: UInt8 = 0
        defer { byte = 0 }
        while true {
            let count = Glibc.read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count == 0 ? .interrupted : .failed }
            switch byte {
            case 0x0A, 0x0D: return .line
            case 0x03, 0x1C: return .interrupted
            case 0x04: return length == 0 ? .interrupted : .line
            case 0x08, 0x7F: length = Self.lengthWithoutLastCharacter(line, length)
            case 0x15: length = 0
            case 0..<0x20: continue
            default:
                guard length < line.count else { return .tooLong }
                line[length] = byte
                length += 1
            }
        }
    }

    private static func lengthWithoutLastCharacter(_ line: UnsafeMutableRawBufferPointer, _ length: Int) -> Int {
        var length = length
        while length > 0 {
            length -= 1
            // The bytes of a character after its first one look like 10xxxxxx.
            if line[length] & 0xC0 != 0x80 { break }
        }
        return length
    }

    private func show(_ text: String) {
        var text = text
        // A terminal that takes no output still takes the answer.
        _ = text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }

    private static func failure() -> CommandFailure {
        CommandFailure(.inputOutput, "cannot read from the terminal: \(String(cString: strerror(errno)))")
    }
}
