internal import Glibc

/// How many files and connections the system lets the process have open.
enum OpenFiles {
    /// Kept from connections: the journal (64 segments to read from, and what it writes), the catalog, logs, the runtime.
    /// A journal that cannot open its next segment has failed.
    static let reserved = 192

    /// Raises the process' limit for so many connections, as far as the system lets it.
    ///
    /// - Returns: The connections that there is room for, at most `connections` and at least 1.
    static func makeRoom(forConnections connections: Int) -> Int {
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(kind, &limit) == 0 else { return connections }
        let wanted = rlim_t(connections + reserved)
        if limit.rlim_cur < wanted {
            var raised = limit
            raised.rlim_cur = min(wanted, limit.rlim_max)
            if setrlimit(kind, &raised) == 0 { limit = raised }
        }
        guard limit.rlim_cur < wanted else { return connections }
        return max(Int(limit.rlim_cur) - reserved, 1)
    }
}
