import Foundation

/// What the kernel says of this process' memory, in bytes.
enum Memory {
    static var resident: Double { field("VmRSS:") }
    static var peak: Double { field("VmHWM:") }

    private static func field(_ name: String) -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
        return (kilobytes ?? 0) * 1_024
    }
}
