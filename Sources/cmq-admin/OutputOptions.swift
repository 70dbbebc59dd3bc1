import ArgumentParser

/// The form of the output.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print JSON, one object a line; times are RFC 3339 in UTC.")
    var json = false

    @Flag(name: .long, help: "Show times in UTC rather than local time.")
    var utc = false

    var time: TimeText { TimeText(isUTC: utc) }
}

/// The form of the output of verbs that print rows for other programs too.
struct RowOutputOptions: ParsableArguments {
    @OptionGroup var form: OutputOptions

    @Flag(name: .long, help: "Print CSV (RFC 4180) with a header line; times are RFC 3339 in UTC.")
    var csv = false

    func validate() throws {
        if csv, form.json { throw ValidationError("--json and --csv are two forms of the same output; use one") }
    }
}
