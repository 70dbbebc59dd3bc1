/// Checks that bytes are exactly one JSON object and shows its members.
package enum JSONObjectScanner {
    /// - Parameters:
    ///   - bytes: The whole text; blanks around the object are allowed.
    ///   - depthMax: How many objects and arrays may lie within each other.
    ///   - member: Gets each member of the outer object: the name between its quotes (escapes as
    ///     written) and the value's bytes (a string with its quotes). Both are slices of `bytes`.
    package static func scan(
        _ bytes: UnsafeRawBufferPointer,
        depthMax: Int = 64,
        member: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(JSONError) -> Void
    ) throws(JSONError) {
        var cursor = JSONCursor(bytes, depthMax: depthMax)
        try cursor.object { (cursor, name) throws(JSONError) in
            try member(name, try cursor.value(depth: 1))
        }
        try cursor.expectEnd()
    }
}
