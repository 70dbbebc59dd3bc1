import CMQConfiguration
import Testing

/// What is TOML is read, and what is not is refused in the line where it stands. Texts come from the specification
/// (https://toml.io/en/v1.0.0), or are places where the parser does not refuse but ends the process.
struct SyntaxTests {
    @Test(arguments: [
        "x = +99", "x = 1_000", "x = 0xDEAD_beef", "x = 0o755", "x = 0b1101", "x = -0.0", "x = 6.626e-34", "x = 1e+2_0",
        "x = +inf", "x = nan", "x = true # yes", "x = 1979-05-27T07:32:00Z", "x = 1979-05-27 07:32:00.999999-07:00",
        "x = 1979-05-27", "x = 1979-05-27 # yes", "x = 07:32:00", "x = \"\"", "x = ''", #"x = 'a\b'"#,
        #"x = "a\tb\u00E9\U0001F600""#, #"x = """\#na\\#n   b "" c"""""#, "x = '''\n a' '' \\ '''",
        "x = [ 1, [ 'a', \"b\" ], ]", "x = [\n# y\n1 ,\n]", "x = { y = 1, \"z\".a = 'b' }", "x = {}",
        "\"a b\".'c' . d = 1", "[ a . \"b\" ] # c", "[[a]]\n[[a]]", "1 = 2", "", "\r\n\r\n", "# ü", "\u{FEFF}x = 1",
    ])
    func readsWhatIsTOML(text: String) throws {
        let loaded = try LoadedConfiguration(text)
        #expect(loaded.problems.allSatisfy { !$0.message.contains("is not TOML") }, "\(loaded.descriptions)")
    }

    @Test(arguments: [
        ("x = 01", 1), ("x = 1__0", 1), ("x = 1.", 1), ("x = .5", 1), ("x = True", 1), ("x = 1979-05-27 0", 1),
        ("x = 1979-05-27_07:32:00", 1), ("x = 1979-05-27 0,", 1), ("x = \"a\nb\"", 1), (#"x = "\q""#, 1),
        ("\nx = '''a\n\n", 2), ("x = [1 2]", 1), ("x = [\n1\n", 3), ("x = { y = 1,\n}", 1), ("x = { , }", 1),
        ("x 1", 1), ("= 1", 1), ("x =", 1), ("x = 1 y = 2", 1), ("[a] b", 1), ("[a", 1), ("[[a]", 1), ("[a.]", 1),
        ("[]", 1), ("[ [a]]", 1), ("[#", 1), ("[\"a\nb\"]", 1), ("\"\"\"a\"\"\" = 1", 1), ("ü = 1", 1),
        ("\u{A0}x = 1", 1), ("x = 1\ry = 2", 1), ("# \u{1}", 1), ("x = \"\u{7F}\"", 1), ("x = [,]", 1), ("x = [}", 1),
        ("x = }", 1), ("x = \(String(repeating: "[", count: 100_000))", 1),
        ("x = \(String(repeating: "1", count: 1_000))", 1), (#"x = "\ud8""#, 1), ("x = \"", 1), (#"x = "\"#, 1),
        ("x = '''", 1), ("x = \"\"\"\\", 1), ("x = \"\"\"\\ a\"\"\"", 1),
    ])
    func refusesWhatIsNot(text: String, line: Int) throws {
        let loaded = try LoadedConfiguration(text)
        let refusals = loaded.problems.filter { $0.message.hasPrefix("is not TOML") }
        #expect(refusals.map(\.line) == [line], "\(loaded.descriptions)")
    }

    @Test(arguments: ["\n", "\r\n"])
    func aSecretIsInNoMessageWhateverEndsTheLines(end: String) throws {
        let loaded = try LoadedConfiguration("[database]\(end)password = \"hunter2\"\(end)password = \"hunter2\"\(end)")
        #expect(loaded.problems.first?.line == 3)
        #expect(!loaded.descriptions.joined().contains("hunter2"))
    }
}
