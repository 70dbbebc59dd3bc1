/// Why a run could not be made at all.
struct TortureError: Error, CustomStringConvertible {
    var description: String
}
