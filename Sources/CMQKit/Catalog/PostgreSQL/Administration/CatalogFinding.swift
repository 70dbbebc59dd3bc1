/// One thing that a check of a catalog looked at.
package struct CatalogFinding: Sendable, Equatable, Codable {
    /// What was looked at: `columns of message_metadata`.
    package var subject: String
    /// What was found, in one line.
    package var result: String
    package var isProblem: Bool
    /// What to do about a problem.
    package var remedy: String?

    package init(_ subject: String, _ result: String, problem: Bool = false, remedy: String? = nil) {
        self.subject = subject
        self.result = result
        isProblem = problem
        self.remedy = remedy
    }

    private enum CodingKeys: String, CodingKey {
        case subject
        case result
        case isProblem = "problem"
        case remedy
    }
}
