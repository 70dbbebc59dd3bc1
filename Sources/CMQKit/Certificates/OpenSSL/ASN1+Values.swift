internal import COpenSSL
internal import Foundation

extension Date {
    /// The time of a certificate or a revocation list.
    init(_ time: UnsafePointer<ASN1_TIME>?) throws(CertificateError) {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else {
            throw CertificateError(.malformed, "a time of validity is missing or malformed")
        }
        self.init(timeIntervalSince1970: TimeInterval(timegm(&parts)))
    }

    /// As OpenSSL writes it: whole seconds, UTCTime up to 2049 and GeneralizedTime from then on.
    func withASN1Time<Value>(
        _ body: (UnsafePointer<ASN1_TIME>) throws(CertificateError) -> Value
    ) throws(CertificateError) -> Value {
        guard let time = ASN1_TIME_set(nil, time_t(timeIntervalSince1970)) else {
            throw OpenSSLErrors.failure("represent a time")
        }
        defer { ASN1_TIME_free(time) }
        return try body(time)
    }

    /// RFC 3339 in UTC and whole seconds, as used in messages and files.
    var rfc3339: String {
        formatted(.iso8601)
    }
}

extension [UInt8] {
    /// The content of an ASN.1 string or integer, as it stands.
    init(_ string: UnsafePointer<ASN1_STRING>?) {
        guard let string, let start = ASN1_STRING_get0_data(string) else {
            self = []
            return
        }
        self.init(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(string))))
    }

    /// A serial number as a big-endian magnitude without leading zeros, the form in which they are compared.
    var serialMagnitude: [UInt8] {
        [UInt8](drop { $0 == 0 })
    }

    /// Two lowercase digits a byte.
    var hexadecimal: String {
        let digits = [UInt8]("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
