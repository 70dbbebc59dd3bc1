import Testing

@testable import CMQConfiguration

struct ValueFormsTests {
    @Test(arguments: [
        ("60s", Duration.seconds(60)), ("15m", .seconds(900)), ("24h", .seconds(86_400)), ("90d", .seconds(7_776_000)),
        ("500ms", .milliseconds(500)), ("20us", .microseconds(20)), ("7", .seconds(7)), ("5 s", .seconds(5)),
        ("0", .zero),
    ])
    func readsDurations(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(arguments: [
        "", "s", "-1s", "1.5s", "1w", "1 2s", "s1", "99999999999999999999s", "9223372036854775807d", "1s ",
    ])
    func refusesDurations(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [
        (Duration.zero, "0s"), (.seconds(60), "1m"), (.seconds(90), "90s"), (.seconds(86_400), "1d"),
        (.milliseconds(1_500), "1500ms"), (.microseconds(1), "1us"),
    ])
    func writesDurations(duration: Duration, text: String) {
        #expect(DurationText.format(duration) == text)
        #expect(DurationText.parse(text) == duration)
    }

    @Test(arguments: [
        ("0", 0), ("4096", 4_096), ("64 KiB", 65_536), ("16MiB", 16_777_216), ("1 gib", 1_073_741_824),
        ("2 TiB", 2 << 40),
        ("1 kB", 1_000), ("3 MB", 3_000_000), ("1 GB", 1_000_000_000), ("12 B", 12),
    ])
    func readsSizes(text: String, bytes: Int) {
        #expect(SizeText.parse(text) == bytes)
    }

    @Test(arguments: ["", "MiB", "-1", "1.5 MiB", "1 MiBs", "9999999999999 TiB", "1 2", "0x10"])
    func refusesSizes(text: String) {
        #expect(SizeText.parse(text) == nil)
    }

    @Test(arguments: [
        (0, "0"), (1_000, "1000"), (4_096, "4 KiB"), (1 << 30, "1 GiB"), ((1 << 30) + 1_024, "1048577 KiB"),
    ])
    func writesSizes(bytes: Int, text: String) {
        #expect(SizeText.format(bytes) == text)
        #expect(SizeText.parse(text) == bytes)
    }

    @Test(arguments: [
        ("127.0.0.1:5672", "127.0.0.1", 5672), ("[::1]:1", "::1", 1), ("mq.example.org:0", "mq.example.org", 0),
    ])
    func readsAddresses(text: String, host: String, port: Int) {
        #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(arguments: ["", ":", ":1", "a:", "a:x", "a:65536", "a:-1", "::1:5", "[a]:1", "a b:1", "a:+1", "a:1 "])
    func refusesAddresses(text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test(arguments: [
        ("cert_pth", "cert_path", 1), ("adress", "address", 1), ("prot", "port", 1), ("", "abc", 3),
        ("same", "same", 0),
    ])
    func countsTypingMistakes(left: String, right: String, count: Int) {
        #expect(Spelling.mistakes(left, right) == count)
        #expect(Spelling.mistakes(right, left) == count)
    }

    @Test func guessesOnlyWhatIsNear() {
        #expect(Spelling.closest(to: "levle", among: ["level", "rotation"]) == "level")
        #expect(Spelling.closest(to: "verbosity", among: ["level", "rotation"]) == nil)
        #expect(Spelling.closest(to: String(repeating: "x", count: 100_000), among: ["level"]) == nil)
    }
}
