import ArgumentParser
import CMQCatalog

/// When messages were sent.
struct SentOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Sent at this time or later.", valueName: "time"))
    var since: TimeArgument?

    @Option(name: .long, help: ArgumentHelp("Sent before this time.", valueName: "time"))
    var until: TimeArgument?

    func validate() throws {
        let now = CatalogTime.now()
        if let since = since?.time(now: now), let until = until?.time(now: now), since > until {
            throw ValidationError("--since is later than --until, and no message is between them")
        }
    }
}
