internal import Foundation

/// The authority that signed the certificates and lists of the corpus. Its key is gone.
enum FuzzAuthority {
    /// When everything that it signed was valid.
    static let now = Date(timeIntervalSince1970: 1_795_867_200)
    /// The subjects that it signed, itself included.
    static let subjects = ["CN=alice", "CN=bob", "CN=localhost", "CN=CipherMQ-CA"]
    /// The serial numbers that it revoked.
    static let revoked: [[UInt8]] = [
        [
            0x72, 0xAF, 0xFF, 0xD0, 0x3A, 0xF0, 0x49, 0x91, 0x04, 0x1E, 0x9B, 0xEB, 0x0E, 0xA7, 0x1E, 0x21,
            0xF9, 0x21, 0x5C, 0x27,
        ]
    ]

    static let file = AnonymousFile(pem.utf8)

    private static let pem = """
        -----BEGIN CERTIFICATE-----
        MIIBsDCCATagAwIBAgIUbnWIkjuf8a3f90/LjwfMOHaphXYwCgYIKoZIzj0EAwMw
        FjEUMBIGA1UEAwwLQ2lwaGVyTVEtQ0EwHhcNMjYxMTI3MTY0NTI5WhcNMzYxMTI0
        MTY1MDI5WjAWMRQwEgYDVQQDDAtDaXBoZXJNUS1DQTB2MBAGByqGSM49AgEGBSuB
        BAAiA2IABBKkBkuGoVcrO+ySuDf2JC4BErXFVDMg9UfdKRsjhtaHQmxZPVOl/Z06
        aIeDCdUmNM+dXdCo7JB43SxoTLOQxSRAn6P+3rqVpKkFJYaz8KI542SNmnSqcwen
        5i1mIrc13qNFMEMwEgYDVR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8BAf8EBAMCAQYw
        HQYDVR0OBBYEFHarW0dPAMoZF0Oslcfsd7WznoraMAoGCCqGSM49BAMDA2gAMGUC
        ME3mUmkD+uBGnBp7ZL/aLnfqAu1m27Mx4y/cphCBHdqbfXIpzNYTkCO9IHYDs0MR
        TAIxAN6e7kXYGqA72A/ujfgiRjftgWFT12/TGn4qkERGFqhVtQfR5dWn2f2thCIU
        h0mlKw==
        -----END CERTIFICATE-----
        """
}
