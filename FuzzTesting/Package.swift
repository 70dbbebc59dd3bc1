// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the fuzzer is never built with the product. `make fuzz` builds and runs it.
let package = Package(
    name: "cmq-fuzzing",
    dependencies: [.package(name: "cmq", path: "..")],
    targets: [
        .executableTarget(
            name: "Fuzzer",
            dependencies: [.product(name: "FuzzTargets", package: "cmq")],
            // The main function is libFuzzer's.
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]
        )
    ]
)
