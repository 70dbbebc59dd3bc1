/// The calls at which a command is killed: each one, until a run comes to its end.
enum EveryCall {
    /// More than any run makes.
    static let calls = 1...400

    static func environment(_ call: Int, isTorn: Bool, _ library: String) -> [String: String] {
        ["LD_PRELOAD": library, "KILL_AT_CALL": "\(call)", "KILL_TORN": isTorn ? "1" : "0"]
    }
}
