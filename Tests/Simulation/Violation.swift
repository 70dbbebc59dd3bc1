/// An invariant that did not hold.
package struct Violation: Error, CustomStringConvertible {
    /// What should have held, as a word that tests can compare.
    package enum Invariant: String, Sendable {
        case nothingLost, nothingUnexpected, nothingTwice, oneLease, onlyTheReceiver, inOrder, durableFirst
        case confirmedStaysGone, limitsHold, modelAgrees, recoveryAgrees, nobodyWaits, rightAnswer, bodyThere
        case failuresCounted, catalogAgrees, onlyWithPermission
    }

    package let invariant: Invariant
    package let text: String
    /// Filled in by the world.
    package var seed: UInt64 = 0
    package var step = 0
    package var steps = 0
    package var trace: [String] = []

    init(_ invariant: Invariant, _ text: String) {
        self.invariant = invariant
        self.text = text
    }

    package var description: String {
        (["\(invariant): \(text)", "seed \(seed), step \(step); again: make sim SEED=\(seed) STEPS=\(steps)"]
            + trace.map { "    " + $0 }).joined(separator: "\n")
    }
}

func require(
    _ condition: @autoclosure () throws(Violation) -> Bool,
    _ invariant: Violation.Invariant,
    _ text: @autoclosure () -> String
) throws(Violation) {
    if try !condition() { throw Violation(invariant, text()) }
}
