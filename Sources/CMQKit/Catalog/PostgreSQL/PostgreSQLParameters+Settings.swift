package import CMQConfiguration
package import CMQPostgreSQL

extension PostgreSQLParameters {
    /// What `[database]` says.
    package init(_ settings: DatabaseSettings) {
        self.init()
        url = settings.url?.text
        host = settings.host
        port = settings.port
        user = settings.user
        password = settings.password
        database = settings.name
        sslMode = settings.sslMode?.rawValue
        sslRootCertificateFile = settings.sslRootCertificateFile
    }
}
