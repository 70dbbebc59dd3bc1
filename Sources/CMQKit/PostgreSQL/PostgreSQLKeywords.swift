internal import CMQSecrets
internal import Glibc

/// The keywords of one libpq connection; the password lies apart, where it is wiped.
struct PostgreSQLKeywords {
    var values: [String: String] = [:]
    var password: SecretBytes?

    mutating func set(_ name: String, _ value: UnsafePointer<CChar>) {
        if name == "password" {
            password = SecretBytes(copying: UnsafeRawBufferPointer(start: value, count: strlen(value)))
        } else {
            values[name] = String(cString: value)
        }
    }

    /// One set of keywords for each of several hosts: a host that hangs must not keep the others from being tried.
    func splittingHosts() throws(PostgreSQLError) -> [PostgreSQLKeywords] {
        func list(_ name: String) -> [String] {
            values[name]?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
        }
        let (hosts, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
        let count = max(hosts.count, addresses.count)
        guard count > 1 else { return [self] }
        let isRight =
            [0, 1, count].contains(ports.count) && [0, count].contains(hosts.count)
            && [0, count].contains(addresses.count)
        guard isRight else {
            throw PostgreSQLError(.parameters, "the connection names \(count) hosts, and \(ports.count) ports")
        }
        return (0..<count).map { index in
            var single = self
            if !hosts.isEmpty { single.values["host"] = hosts[index] }
            if !addresses.isEmpty { single.values["hostaddr"] = addresses[index] }
            if ports.count > 1 { single.values["port"] = ports[index] }
            return single
        }
    }

    /// One set of keywords for each address of the host, for the same reason. A name that has none is left to libpq,
    /// which says so. The system's resolver has time limits of its own.
    func resolvingHost() -> [PostgreSQLKeywords] {
        guard let host = values["host"], values["hostaddr"] == nil, !host.isEmpty, !host.hasPrefix("/"),
            !host.hasPrefix("@")
        else { return [self] }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [self] }
        defer { freeaddrinfo(list) }
        var attempts: [PostgreSQLKeywords] = []
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let length = socklen_t(text.count)
            guard getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 else {
                continue
            }
            var single = self
            single.values["hostaddr"] = text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } }
            attempts.append(single)
        }
        return attempts.isEmpty ? [self] : attempts
    }

    /// Calls `body` with the keywords and values as `PQconnectStartParams` takes them.
    func withPointers<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        let names = values.keys.sorted()
        // strdup returns nothing only when there is no memory left.
        var owned = names.map { strdup($0) }
        var keywords = owned.map { UnsafePointer($0) }
        let texts = names.map { strdup(values[$0] ?? "") }
        owned += texts
        var contents = texts.map { UnsafePointer($0) }
        defer { for text in owned { free(text) } }
        func call() -> Result {
            keywords.append(nil)
            contents.append(nil)
            return body(keywords, contents)
        }
        guard let password else { return call() }
        return password.withUnsafeBytes { bytes in
            withCString(bytes) { text in
                "password".withCString { name in
                    keywords.append(name)
                    contents.append(text)
                    return call()
                }
            }
        }
    }
}

/// Calls `body` with a copy that ends in a zero byte and is wiped afterwards.
func withCString<Result>(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { copy in
        for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
        copy[bytes.count] = 0
        // It has at least one element, and so an address.
        let address = copy.baseAddress.unsafelyUnwrapped
        defer { explicit_bzero(address, copy.count) }
        return body(address)
    }
}
