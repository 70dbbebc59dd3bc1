import FuzzTargets
import Glibc

/// The target that the environment names: `CMQ_FUZZ_TARGET=journal`. libFuzzer, whose `main` is the program's, starts
/// itself again for `-merge` and `-jobs`, with the same environment.
private let target: FuzzTarget = {
    let name = getenv("CMQ_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        print("set CMQ_FUZZ_TARGET to one of: \(FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))")
        exit(64)
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try target.run([UInt8](UnsafeRawBufferPointer(start: start, count: count)))
    } catch {
        // libFuzzer takes a process that ends like this for a find and keeps its input.
        fatalError("\(error)")
    }
    return 0
}
