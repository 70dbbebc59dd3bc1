import Foundation

/// Bytes for people: `812 B`, `1.5 KiB`, `64.0 MiB`.
enum SizeText {
    static func text(_ bytes: some BinaryInteger) -> String {
        guard bytes >= 1_024 else { return "\(bytes) B" }
        var value = Double(bytes)
        for unit in ["KiB", "MiB", "GiB", "TiB"] {
            value /= 1_024
            if value < 1_023.95 { return "\(String(format: "%.1f", value)) \(unit)" }
        }
        return String(format: "%.1f PiB", value / 1_024)
    }
}
