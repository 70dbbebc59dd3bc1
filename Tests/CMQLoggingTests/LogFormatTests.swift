import Foundation
import Logging
import TestSupport
import Testing

@testable import CMQLogging

struct LogFormatTests {
    private func json(_ record: LogRecord) -> String {
        var line: [UInt8] = []
        JSONLogFormat.append(record, to: &line)
        return String(decoding: line, as: UTF8.self)
    }

    private func text(_ record: LogRecord, colour: Bool = false) -> String {
        var line: [UInt8] = []
        TextLogFormat.append(record, colour: colour, to: &line)
        return String(decoding: line, as: UTF8.self)
    }

    /// Texts that a peer could choose, to break out of a line or a terminal.
    static let hostile = [
        "plain", "", "\"}\n{\"level\":\"ERROR\",\"message\":\"forged\"}", "back\\slash \\u0041 \\n",
        "\u{1B}]0;title\u{7}\u{1B}[2J",
        "\u{0}\u{1}\u{7F}\u{80}\u{9B}31m", "\r\nforged", "line\u{2028}separator\u{2029}",
        "turned \u{202E}around\u{2066}",
        "zero\u{200B}width\u{FEFF}", "tag \u{E0041}", "\u{FFFD}\u{FFFF}", "emoji 👩‍🔬 日本語", "\u{85}next line\u{B}\u{C}",
        String(repeating: "é", count: 10_000),
    ]

    @Test func writesTheFormOfTheSeeds() {
        #expect(
            json(record(.info, "Published message"))
                == "{\"timestamp\":\"2025-09-08T07:03:00Z\",\"level\":\"INFO\",\"message\":\"Published message\"}\n"
        )
        let fields = Logger.Metadata([.queue: "labs", .client: "FL-LAB", .count: .stringConvertible(3)])
        #expect(
            json(record(.error, "x", fields))
                == "{\"timestamp\":\"2025-09-08T07:03:00Z\",\"level\":\"ERROR\",\"message\":\"x\",\"client\":\"FL-LAB\","
                + "\"count\":3,\"queue\":\"labs\"}\n"
        )
    }

    @Test(arguments: hostile)
    func everyJSONLineIsOneObjectWithTheTextInIt(hostile: String) throws {
        let fields: Logger.Metadata = [
            "reason": .string(hostile), hostile: "key", "list": [.string(hostile), ["deep": .string(hostile)]],
            "message": "not the message",
        ]
        let line = json(record(.warning, hostile, fields))
        #expect(line.filter(\.isNewline).count == 1)
        #expect(!line.dropLast().unicodeScalars.contains(where: LogText.isUnsafe))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["level"] as? String == "WARN")
        #expect(object["metadata.message"] as? String == "not the message")
        if hostile.utf8.count < 1_000 {
            #expect(object["message"] as? String == hostile)
            #expect(object["reason"] as? String == hostile)
            #expect(object[hostile] as? String == "key")
        } else {
            #expect(line.utf8.count < 16_384)
        }
    }

    @Test func pythonReadsHostileLinesToo() async throws {
        let lines = Self.hostile.map { json(record(.info, $0, ["reason": .string($0)])) }.joined()
        let result = try await run("python3", ["-m", "json.tool", "--json-lines", "--compact"], input: lines)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.lines.count == Self.hostile.count)
    }

    @Test(arguments: hostile)
    func everyTextLineIsOneLineWithoutControlCharacters(hostile: String) {
        let line = text(record(.info, hostile, ["reason": .string(hostile), hostile: "key"]))
        #expect(line.hasPrefix("2025-09-08T07:03:00Z INFO     "))
        #expect(line.filter(\.isNewline).count == 1)
        #expect(line.hasSuffix("\n"))
        #expect(!line.dropLast().unicodeScalars.contains(where: LogText.isUnsafe))
        #expect(line.utf8.count < 16_384)
    }

    @Test func whatCannotBeSeenIsWrittenAsAnEscape() {
        let message = "\u{1B}[2J \u{9B}1m \u{202E}x \u{200B} \u{2028} \u{E0041} \n\t"
        let escaped = "\\u001b[2J \\u009b1m \\u202ex \\u200b \\u2028 \\udb40\\udc41 \\n\\t"
        #expect(text(record(.info, message)).hasSuffix("INFO     \(escaped)\n"))
        #expect(json(record(.info, message)).hasSuffix("\"message\":\"\(escaped)\"}\n"))
    }

    @Test func aFieldOfATextLineCannotBeTakenForTwo() {
        let line = text(
            record(.info, "Refused", ["client": "A queue=\"B\"", "reason": "", "path": "a\\b", "words": "a b"])
        )
        #expect(line.hasSuffix("Refused client=\"A queue=\\\"B\\\"\" path=\"a\\\\b\" reason=\"\" words=\"a b\"\n"))
    }

    @Test func deepMetadataEnds() throws {
        var value: Logger.MetadataValue = "bottom"
        for _ in 0..<10_000 { value = [value] }
        let line = json(record(.info, "x", ["deep": value]))
        #expect(line.utf8.count < 200)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    }

    @Test func aLongMessageIsCutBetweenCharactersAndSaysSo() {
        let cut = LogText.cut(String(repeating: "é", count: 10), to: 5)
        #expect(cut == "éé… (16 more bytes)")
        #expect(LogText.cut("short", to: 5) == "short")
        #expect(record(.info, String(repeating: "x", count: 1 << 20)).message.utf8.count < 8_300)
    }

    @Test func colourIsOnlyAroundTheLevel() {
        #expect(text(record(.error, "x"), colour: true) == "2025-09-08T07:03:00Z \u{1B}[31mERROR\u{1B}[0m    x\n")
    }

    @Test(arguments: [
        (true, ["TERM": "xterm"], true), (false, ["TERM": "xterm"], false), (true, [:], false),
        (true, ["TERM": "dumb"], false), (true, ["TERM": "xterm", "NO_COLOR": "1"], false),
        (true, ["TERM": "xterm", "NO_COLOR": ""], true),
    ])
    func colourIsForTerminalsThatWantIt(isTerminal: Bool, environment: [String: String], colour: Bool) {
        #expect(LogStream.Style.text(isTerminal: isTerminal, environment: environment) == .text(colour: colour))
    }

    @Test func keysAreNamedOnceAndNeverLikeTheFixedFields() {
        let names = LogKey.allCases.map(\.rawValue)
        #expect(Set(names).count == names.count)
        #expect(Set(names).isDisjoint(with: ["timestamp", "level", "message"]))
    }
}
