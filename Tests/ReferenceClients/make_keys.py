"""make_keys.py rsa|x25519: a receiver's key pair in the working directory, as the earlier key tools made them."""

import os
import sys

from Crypto.PublicKey import RSA
from envelopes import encode
from nacl.public import PrivateKey


def write(name, content, mode):
    with os.fdopen(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)


if sys.argv[1] == "rsa":
    key = RSA.generate(2048)
    # PKCS#1, which is what export_key() does when nothing else is said.
    write("receiver_private.pem", key.export_key(), 0o600)
    write("receiver_public.pem", key.publickey().export_key(), 0o644)
else:
    key = PrivateKey.generate()
    # Without a line end.
    write("receiver_private.key", encode(bytes(key)).encode(), 0o600)
    write("receiver_public.key", encode(bytes(key.public_key)).encode(), 0o644)
