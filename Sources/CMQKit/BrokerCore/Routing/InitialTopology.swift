/// What the broker of version 1.0 had from the start, and its clients use without declaring it.
enum InitialTopology {
    static let queue = "default_queue"
    static let exchange = "default_exchange"
    static let routingKey = "default_key"
}
