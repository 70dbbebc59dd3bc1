// swift-tools-version: 6.2
import PackageDescription

// A package of its own: what only benchmarks need is no dependency of the product. It sees what an embedding program
// sees, the library CMQKit.
let package = Package(
    name: "cmq-benchmarks",
    dependencies: [
        .package(name: "cmq", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .executableTarget(
            name: "cmq-bench",
            dependencies: [
                .product(name: "CMQKit", package: "cmq"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
            ]
        )
    ]
)
