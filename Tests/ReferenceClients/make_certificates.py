"""make_certificates.py DIRECTORY CLIENT...: an authority, a server and clients, as the earlier tools made them:
ECDSA on P-384, without key usage and without key identifiers."""

import datetime
import ipaddress
import os
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.timezone.utc)


def issue(name, days, signer=None, extensions=()):
    """A key and its certificate; signed by itself without a signer."""
    key = ec.generate_private_key(ec.SECP384R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer[1].subject if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - datetime.timedelta(minutes=5))
        .not_valid_after(NOW + datetime.timedelta(days=days))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return key, builder.sign(signer[0] if signer else key, hashes.SHA384())


def write(path, identity):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    key, certificate = identity
    with open(path + ".crt", "wb") as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
    with os.fdopen(os.open(path + ".key", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


directory, clients = sys.argv[1], sys.argv[2:]
authority = issue("CipherMQ-CA", 3650, extensions=[(x509.BasicConstraints(ca=True, path_length=None), True)])
write(f"{directory}/ca", authority)
names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
write(f"{directory}/server", issue("localhost", 365, authority, [(names, False)]))
for client in clients:
    write(f"{directory}/clients/{client}/client", issue(client, 365, authority))
