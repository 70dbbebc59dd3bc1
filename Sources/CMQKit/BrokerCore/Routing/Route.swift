/// The queues that a routing key leads to at an exchange, as long as no binding changes.
struct Route {
    let exchange: String
    let routingKey: String
    let targets: [UInt32]
}
