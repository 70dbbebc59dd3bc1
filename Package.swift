// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] =
    [
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
        .enableUpcomingFeature("ExistentialAny"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
        .enableUpcomingFeature("InternalImportsByDefault"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
    // CI turns warnings into errors; a newer compiler's new warning must not break somebody's install.
    + (Context.environment["CMQ_WARNINGS_AS_ERRORS"] == "1" ? [.treatAllWarnings(as: .error)] : [])

/// A room of the kit: one target in a folder of its own, so that the compiler enforces who may know whom.
func room(_ name: String, _ folder: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        path: "Sources/CMQKit/\(folder)",
        swiftSettings: swiftSettings
    )
}

func command(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name,
        dependencies: ["CMQCommand", argumentParser] + dependencies,
        swiftSettings: swiftSettings
    )
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies,
        resources: resources,
        swiftSettings: swiftSettings
    )
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "NIOTLS", package: "swift-nio"),
]
let nioTestChannels = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "cmq",
    products: [
        .library(name: "CMQKit", targets: ["CMQKit"]),
        .executable(name: "cmq-broker", targets: ["cmq-broker"]),
        .executable(name: "cmq-certs", targets: ["cmq-certs"]),
        .executable(name: "cmq-keygen", targets: ["cmq-keygen"]),
        .executable(name: "cmq-send", targets: ["cmq-send"]),
        .executable(name: "cmq-recv", targets: ["cmq-recv"]),
        .executable(name: "cmq-admin", targets: ["cmq-admin"]),
    ]
        // What FuzzTesting, a package of its own, is made of; nobody else sees it.
        + (Context.environment["CMQ_FUZZING"] == "1"
            ? [.library(name: "FuzzTargets", targets: ["FuzzTargets"])] : []),
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        // C libraries
        .systemLibrary(
            name: "CSodium",
            path: "Sources/CMQKit/System/CSodium",
            pkgConfig: "libsodium",
            providers: [.apt(["libsodium-dev"])]
        ),
        .systemLibrary(
            name: "COpenSSL",
            path: "Sources/CMQKit/System/COpenSSL",
            pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"])]
        ),
        .systemLibrary(
            name: "CLibPQ",
            path: "Sources/CMQKit/System/CLibPQ",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]
        ),
        .target(name: "CChecksum", path: "Sources/CMQKit/System/CChecksum"),
        .target(name: "CAllocator", path: "Sources/CMQKit/System/CAllocator"),
        .target(name: "CPlainText", path: "Sources/CMQKit/System/CPlainText"),

        // Rooms
        room("CMQVersion", "Version"),
        room("CMQWire", "Wire", ["CPlainText"]),
        room("CMQSecrets", "Secrets", ["COpenSSL"]),
        room("CMQCrypto", "Crypto", ["CMQWire", "CMQSecrets", "CSodium", "COpenSSL"]),
        room("CMQCertificates", "Certificates", ["CMQSecrets", "COpenSSL"]),
        room("CMQBrokerCore", "BrokerCore", ["CMQWire", deque]),
        room("CMQJournal", "Journal", ["CChecksum", deque]),
        room("CMQPostgreSQL", "PostgreSQL", ["CMQSecrets", "CLibPQ"]),
        room(
            "CMQCatalog",
            "Catalog",
            [
                "CMQSecrets", "CMQPostgreSQL", "CMQConfiguration",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ]
        ),
        room(
            "CMQConfiguration",
            "Configuration",
            ["CMQSecrets", .product(name: "TOMLKit", package: "TOMLKit")]
        ),
        room("CMQLogging", "Logging", [logging]),
        room(
            "CMQServer",
            "Server",
            [
                "CMQWire", "CMQSecrets", "CMQCertificates", "CMQBrokerCore", "CMQJournal", "CMQCatalog",
                "CMQPostgreSQL", "CMQConfiguration", "CMQLogging", "CMQVersion", "CAllocator", deque, logging,
            ] + nio
        ),
        room("CMQClient", "Client", ["CMQWire", "CMQSecrets", "CMQCrypto", deque, logging] + nio),
        room("CMQCommand", "Command", ["CMQSecrets", "CMQVersion", argumentParser]),
        room(
            "CMQClientCommand",
            "ClientCommand",
            ["CMQCommand", "CMQClient", "CMQCrypto", "CMQSecrets", "CMQWire", argumentParser]
        ),
        room("CMQKit", "Umbrella", ["CMQWire", "CMQCrypto", "CMQCertificates", "CMQClient"]),

        // Commands
        command("cmq-broker", ["CMQServer", "CMQConfiguration", "CMQLogging", "CMQSecrets", "CMQWire", logging]),
        command("cmq-certs", ["CMQCertificates"]),
        command("cmq-keygen", ["CMQCrypto"]),
        command("cmq-send", ["CMQClientCommand", "CMQClient", "CMQCrypto", "CMQWire"]),
        command("cmq-recv", ["CMQClientCommand", "CMQClient", "CMQCrypto", "CMQWire"]),
        command(
            "cmq-admin",
            [
                "CMQClientCommand", "CMQClient", "CMQCatalog", "CMQPostgreSQL", "CMQConfiguration", "CMQJournal",
                "CMQBrokerCore", "CMQSecrets", "CMQWire",
            ]
        ),

        // Tests
        .target(
            name: "TestSupport",
            dependencies: ["CMQCertificates", "CMQSecrets"],
            path: "Tests/TestSupport",
            swiftSettings: swiftSettings
        ),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "CMQWire", "CMQBrokerCore", "CMQJournal", "CMQCrypto", "CMQSecrets", "CMQCertificates",
                "CMQConfiguration", "CMQCommand", "CMQClientCommand", "CChecksum",
            ],
            path: "Tests/FuzzTargets",
            swiftSettings: swiftSettings
        ),
        tests("FuzzCorpusTests", ["FuzzTargets"]),
        .target(
            name: "Simulation",
            dependencies: ["CMQBrokerCore", "CMQWire"],
            path: "Tests/Simulation",
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "simulate",
            dependencies: ["Simulation"],
            path: "Tests/simulate",
            swiftSettings: swiftSettings
        ),
        .target(name: "Counting", path: "Benchmarks/Counting"),
        .executableTarget(
            name: "microbenchmarks",
            dependencies: ["CMQWire", "CMQCrypto", "CMQBrokerCore", "CMQJournal", "Counting"],
            path: "Benchmarks/Micro",
            swiftSettings: swiftSettings
        ),
        tests("SimulationTests", ["Simulation", "TestSupport"]),
        .executableTarget(
            name: "measure-backlog",
            dependencies: ["CMQBrokerCore", "CMQJournal", "CMQWire"],
            path: "Tests/measure-backlog",
            swiftSettings: swiftSettings
        ),
        .target(
            name: "Torture",
            dependencies: ["TestSupport"],
            path: "Tests/Torture",
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "run-torture",
            dependencies: ["Torture", "TestSupport"],
            path: "Tests/run-torture",
            swiftSettings: swiftSettings
        ),
        tests("TortureTests", ["Torture", "TestSupport"]),
        tests("CMQWireTests", ["CMQWire"]),
        tests(
            "CMQCryptoTests",
            ["CMQCrypto", "CMQSecrets", "CMQWire", "TestSupport"],
            resources: [.copy("Vectors")]
        ),
        tests("CMQCertificatesTests", ["CMQCertificates", "CMQSecrets", "TestSupport"]),
        tests("CMQBrokerCoreTests", ["CMQBrokerCore", "CMQWire"]),
        tests("CMQJournalTests", ["CMQJournal", "TestSupport"]),
        tests("CMQPostgreSQLTests", ["CMQPostgreSQL", "CMQSecrets", "TestSupport"]),
        tests(
            "CMQCatalogTests",
            ["CMQCatalog", "CMQPostgreSQL", "CMQSecrets", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        tests("CMQConfigurationTests", ["CMQConfiguration", "CMQSecrets", "TestSupport"]),
        tests("CMQLoggingTests", ["CMQLogging", "TestSupport", logging]),
        tests(
            "CMQServerTests",
            [
                "CMQServer", "CMQJournal", "CMQClient", "CMQCatalog", "CMQCertificates", "TestSupport", "Torture",
                nioTestChannels,
            ] + nio
        ),
        tests("CMQClientTests", ["CMQClient", "CMQCrypto", "CMQWire", "TestSupport"] + nio),
        tests(
            "CMQCommandTests",
            [
                "CMQCommand", "CMQClientCommand", "CMQClient", "CMQCrypto", "CMQSecrets", "CMQWire", "TestSupport",
                argumentParser,
            ]
        ),
        tests("CMQKitTests", ["CMQKit", "CMQServer", "TestSupport"]),
        tests("CommandTests", ["CMQClient", "CMQWire", "TestSupport"]),
        tests("CompatibilityTests", ["TestSupport"]),
        tests("TidyTests", ["CMQCommand", "TestSupport"]),
    ]
)
