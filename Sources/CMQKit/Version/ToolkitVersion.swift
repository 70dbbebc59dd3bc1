/// The version of the toolkit; all commands of one build have the same.
package enum ToolkitVersion {
    package static let text = "1.0.0"
}
