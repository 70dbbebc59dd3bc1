/// A value that a setting cannot have, without saying whose value it is.
struct SettingMistake: Error {
    /// What is wrong, as the rest of a sentence that starts with the setting: `is not base64`.
    var message: String
    var remedy: String

    init(_ message: String, remedy: String) {
        self.message = message
        self.remedy = remedy
    }
}
