"""config.json as the clients of 1.3 and later read it, and the files that it names."""

import json
import os
import ssl

from cryptography import x509
from cryptography.x509.oid import NameOID

from envelopes import decode


class Settings:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.values = json.load(file)
        tls = self.values["tls"]
        self.tls = tls
        with open(tls["client_cert_path"], "rb") as file:
            certificate = x509.load_pem_x509_certificate(file.read())
        # There is no login: whoever holds the certificate is the client that it names.
        self.client_id = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value

    @property
    def address(self):
        return self.values["server_address"], self.values["server_port"]

    @property
    def receivers(self):
        receivers = self.values["receiver_client_ids"]
        return [receivers] if isinstance(receivers, str) else receivers

    @property
    def bindings(self):
        """The queues with exchange and key; one for each receiver where there are several."""
        if "bindings" in self.values:
            return self.values["bindings"]
        return [{name: self.values[name] for name in ("queue_name", "exchange_name", "routing_key")}]

    def binding_of(self, receiver):
        bindings = self.bindings
        return bindings[self.receivers.index(receiver)] if len(bindings) > 1 else bindings[0]

    def tls_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if "1_2" in self.tls.get("protocol", ""):
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        else:
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = self.tls.get("check_hostname", False)
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.tls["certificate_path"])
        context.load_cert_chain(self.tls["client_cert_path"], self.tls["client_key_path"])
        return context


def find(name):
    """A key file, in the places where the generations had it."""
    for folder in ("", "certs/", "keys/", "receiver_keys/"):
        if os.path.exists(folder + name):
            return folder + name
    raise SystemExit(f"{name} is not in any of the usual places")


def read_key(name):
    """32 bytes in base64 on one line."""
    with open(find(name), encoding="ascii") as file:
        key = decode(file.read().strip())
    assert len(key) == 32
    return key


def read_pem(name):
    with open(find(name), "rb") as file:
        return file.read()
