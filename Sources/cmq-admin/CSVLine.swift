/// A line of RFC 4180, whose last field has no separator behind it.
enum CSVLine {
    static func encode(_ fields: [String?]) -> String {
        fields.map { quoted($0 ?? "") }.joined(separator: ",")
    }

    private static func quoted(_ field: String) -> String {
        let needsQuotes = field.unicodeScalars.contains { "\",\r\n".unicodeScalars.contains($0) }
        return needsQuotes ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }
}
