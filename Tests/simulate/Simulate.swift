import Foundation
import Simulation

/// `simulate [seed] [steps] [seeds] [every] [bug]`: runs worlds until one breaks a promise, and compares the core's
/// whole state at every so manyth step.
@main enum Simulate {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.compactMap { UInt64($0) }
        let bug = arguments.lazy.compactMap { PlantedBug(rawValue: $0) }.first
        let seed = numbers.first ?? UInt64.random(in: 1...1_000_000_000)
        let steps = numbers.count > 1 ? Int(numbers[1]) : 20_000
        let seeds = numbers.count > 2 ? numbers[2] : 1
        var simulation = Simulation(stateEvery: numbers.count > 3 ? Int(numbers[3]) : 1)
        let start = ContinuousClock.now
        do throws(Violation) {
            for number in seed..<(seed + seeds) {
                try simulation.run(seed: number, steps: steps, bug: bug)
            }
            print("seeds \(seed)...\(seed + seeds - 1) in \(ContinuousClock.now - start)")
            print(simulation.summary)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(1)
        }
    }
}
