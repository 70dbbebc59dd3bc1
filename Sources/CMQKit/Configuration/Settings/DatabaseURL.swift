package import CMQSecrets

/// A connection URL of libpq, of which only what is no secret can be looked at.
///
/// It is checked for everything that would make libpq repeat a part of it in an error: a password that is not
/// percent-encoded would otherwise be taken for a host, a port or a parameter.
package struct DatabaseURL: Sendable {
    private typealias Bytes = Slice<UnsafeRawBufferPointer>

    /// The URL as it was given, for libpq; may hold a password.
    package let text: SecretBytes
    /// The host names, addresses and socket directories, in the order in which they are tried; empty where the
    /// URL names none.
    package private(set) var hosts: [String] = []
    /// Addresses that are connected to instead of ``hosts``, which then only name the server.
    private(set) var hostAddresses: [String] = []
    private(set) var sslMode: DatabaseSettings.SSLMode?
    /// What the URL sets, by libpq's names: `host`, `user`, `password`, `sslmode` and so on.
    private(set) var keywords: Set<String> = []

    private static let schemes = ["postgresql://", "postgres://"]
    private static let encoding = "percent-encode what stands in a name or a password: %40 for @, %2F for /, %25 for %"

    /// - Throws: A mistake that repeats nothing of the text.
    init(_ text: SecretBytes) throws(SettingMistake) {
        self.text = text
        // Slices of the secret memory, so that no copy of the password is left behind.
        try text.withUnsafeBytes { (bytes) throws(SettingMistake) in try read(bytes[...]) }
    }

    private mutating func read(_ bytes: Bytes) throws(SettingMistake) {
        guard let scheme = Self.schemes.first(where: { bytes.starts(with: $0.utf8) }) else {
            throw SettingMistake(
                "is not a PostgreSQL URL",
                remedy: "write postgresql://user@host:port/database?sslmode=verify-full"
            )
        }
        try Self.checkCharacters(bytes)
        var rest = bytes.dropFirst(scheme.utf8.count)
        // As libpq does it: credentials are what stands before the first @, unless a slash comes earlier.
        let end = rest.firstIndex { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "/") }
        if let end, rest[end] == UInt8(ascii: "@") {
            readCredentials(rest[..<end])
            rest = rest[(end + 1)...]
        }
        guard !rest.contains(UInt8(ascii: "@")) else {
            throw SettingMistake("has an @ that does not end its user and password", remedy: Self.encoding)
        }
        let (place, parameters) = Self.split(rest, at: "?")
        let (servers, database) = Self.split(place, at: "/")
        for server in servers.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            try readServer(server)
        }
        if database?.isEmpty == false { keywords.insert("dbname") }
        if let parameters, !parameters.isEmpty {
            for parameter in parameters.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
                try readParameter(parameter)
            }
        }
    }

    private static func checkCharacters(_ bytes: Bytes) throws(SettingMistake) {
        guard bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw SettingMistake("has a blank or a control character", remedy: "write %20 for a blank")
        }
        for index in bytes.indices where bytes[index] == UInt8(ascii: "%") {
            guard let byte = hexadecimal(bytes[(index + 1)...]), byte != 0 else {
                throw SettingMistake("has a % without a character's two hexadecimal digits", remedy: encoding)
            }
        }
    }

    private mutating func readCredentials(_ credentials: Bytes) {
        let (user, password) = Self.split(credentials, at: ":")
        if !user.isEmpty { keywords.insert("user") }
        if password?.isEmpty == false { keywords.insert("password") }
    }

    private mutating func readServer(_ server: Bytes) throws(SettingMistake) {
        var (host, port) = Self.split(server, at: ":")
        if server.first == UInt8(ascii: "[") {
            guard let bracket = server.firstIndex(of: UInt8(ascii: "]")), bracket > server.startIndex + 1 else {
                throw SettingMistake("has no address between [ and ]", remedy: "write [::1] for the address ::1")
            }
            host = server[(server.startIndex + 1)..<bracket]
            let behind: Bytes
            (behind, port) = Self.split(server[(bracket + 1)...], at: ":")
            guard behind.isEmpty else {
                throw SettingMistake("has something behind the ] of an address", remedy: "write [::1] or [::1]:5432")
            }
        }
        if let port, !port.isEmpty {
            try Self.checkPort(port)
            keywords.insert("port")
        }
        if !host.isEmpty {
            hosts.append(Self.decoded(host))
            keywords.insert("host")
        }
    }

    private mutating func readParameter(_ parameter: Bytes) throws(SettingMistake) {
        let (name, value) = Self.split(parameter, at: "=")
        guard let value, !name.isEmpty, name.allSatisfy(Self.isNameCharacter), !value.contains(UInt8(ascii: "=")) else {
            throw SettingMistake("has a parameter that is not name=value", remedy: "write ?name=value&name=value")
        }
        let keyword = String(decoding: name, as: UTF8.self)
        keywords.insert(keyword)
        switch keyword {
        case "host": hosts = Self.list(value)
        case "hostaddr": hostAddresses = Self.list(value)
        case "port": for port in value.split(separator: UInt8(ascii: ",")) { try Self.checkPort(port) }
        case "sslmode":
            guard let mode = DatabaseSettings.SSLMode(rawValue: Self.decoded(value)) else {
                let modes = DatabaseSettings.SSLMode.allCases.map(\.rawValue).joined(separator: ", ")
                throw SettingMistake("has an sslmode that there is not", remedy: "choose one of \(modes)")
            }
            sslMode = mode
        default: break
        }
    }

    private static func checkPort(_ text: Bytes) throws(SettingMistake) {
        guard let port = Int(decoded(text)), (1...65_535).contains(port) else {
            throw SettingMistake("has a port that is not an integer from 1 to 65535", remedy: encoding)
        }
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func split(_ bytes: Bytes, at separator: Unicode.Scalar) -> (Bytes, Bytes?) {
        guard let index = bytes.firstIndex(of: UInt8(ascii: separator)) else { return (bytes, nil) }
        return (bytes[..<index], bytes[(index + 1)...])
    }

    private static func list(_ value: Bytes) -> [String] {
        decoded(value).split(separator: ",").map(String.init)
    }

    private static func decoded(_ bytes: Bytes) -> String {
        var result: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let encoded = hexadecimal(rest) {
                result.append(encoded)
                rest = rest.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The byte that two digits at the start stand for.
    private static func hexadecimal(_ bytes: Bytes) -> UInt8? {
        let digits = bytes.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        return digits.count == 2 ? UInt8(digits[0] << 4 | digits[1]) : nil
    }
}
