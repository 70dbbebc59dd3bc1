internal import Foundation

/// One line of an output file.
struct StoredMessage: Decodable {
    struct Message: Decodable {
        var senderID: String
        var content: Content

        enum CodingKeys: String, CodingKey {
            case senderID = "sender_id"
            case content
        }
    }

    /// What the senders of a run write.
    struct Content: Codable, Hashable {
        var sender: String
        var life: Int
        var line: Int
        var padding: String
    }

    var messageID: String
    var message: Message

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case message
    }
}

/// One line of what `cmq-send --receipts` prints.
struct PrintedReceipt: Decodable, Sendable {
    var messageID: String
    var line: Int
    var receiver: String

    enum CodingKeys: String, CodingKey {
        case messageID = "message_id"
        case line
        case receiver
    }

    /// What standard output holds; a line that a kill cut off is none.
    static func all(in output: String) -> [PrintedReceipt] {
        output.split(separator: "\n").compactMap { try? JSONDecoder().decode(Self.self, from: Data($0.utf8)) }
    }
}
