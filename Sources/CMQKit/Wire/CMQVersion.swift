/// The version of the toolkit; all commands of one build have the same.
package enum CMQVersion {
    package static let text = "1.0.0"
}
