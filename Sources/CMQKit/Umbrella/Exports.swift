@_exported public import CMQCertificates
@_exported public import CMQClient
@_exported public import CMQCrypto
@_exported public import CMQSecrets
@_exported public import CMQWire
