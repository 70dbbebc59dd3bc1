struct Exchange {
    let kind: ExchangeKind
    /// Queues by routing key, each list in the order of binding.
    private(set) var bindings: [String: [UInt32]] = [:]
    private var patterns: [(pattern: TopicPattern, key: String)] = []
    /// Every bound queue once, in the order of binding.
    private var queues: [UInt32] = []

    init(kind: ExchangeKind) {
        self.kind = kind
    }

    /// Adds a binding; `false` when it was there already.
    mutating func bind(_ queue: UInt32, key: String) -> Bool {
        if bindings[key]?.contains(queue) == true { return false }
        if kind == .topic, bindings[key] == nil { patterns.append((TopicPattern(key), key)) }
        bindings[key, default: []].append(queue)
        if !queues.contains(queue) { queues.append(queue) }
        return true
    }

    /// The queues that a message goes to, each once.
    func route(_ key: String) -> [UInt32] {
        switch kind {
        case .direct: bindings[key] ?? []
        case .fanout: queues
        case .topic: matching(key)
        }
    }

    // In binding order: the same input must always give the same run.
    private func matching(_ key: String) -> [UInt32] {
        var seen: Set<UInt32> = []
        let words = TopicPattern.words(of: key)
        return patterns.lazy
            .filter { $0.pattern.matches(words) }
            .flatMap { bindings[$0.key] ?? [] }
            .filter { seen.insert($0).inserted }
    }
}
