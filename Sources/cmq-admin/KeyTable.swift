import CMQCatalog

/// The registered public keys.
enum KeyTable {
    static func lines(_ keys: [PublicKeyRow], time: TimeText, width: Int?) -> [String] {
        var table = TextTable([.text("CLIENT"), .text("FINGERPRINT"), .text("REGISTERED"), .text("BY")])
        for key in keys {
            table.add([
                key.clientID, key.fingerprint ?? "-", time.text(key.registeredTime), key.registeredBy ?? "-",
            ])
        }
        table.setTotal(["\(keys.count) \(keys.count == 1 ? "key" : "keys")", "", "", ""])
        return table.lines(width: width)
    }
}
