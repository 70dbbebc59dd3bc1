"""Envelopes of every generation, written from the facts of the protocol with the libraries that the
earlier clients used. Nothing here comes from the toolkit: it is the second opinion on every byte."""

import base64
import hashlib
import os

import nacl.bindings
from Crypto.Cipher import AES, PKCS1_OAEP
from Crypto.PublicKey import RSA
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

TAG_BYTES = 16


def encode(data):
    return base64.b64encode(data).decode()


def decode(text):
    return base64.b64decode(text, validate=True)


# MARK: The box around the session key


def seal_box(session_key, public_key):
    """libsodium's crypto_box_seal: generations 1.3 to 1.4.1."""
    return SealedBox(PublicKey(public_key)).encrypt(session_key)


def open_box(box, private_key):
    return SealedBox(PrivateKey(private_key)).decrypt(box)


def variant_nonce(ephemeral_public_key, public_key):
    return hashlib.blake2b(ephemeral_public_key + public_key).digest()[:24]


def seal_variant_box(session_key, public_key):
    """Generation 1.5: the raw shared secret is the key of the box."""
    ephemeral = PrivateKey.generate()
    shared = nacl.bindings.crypto_scalarmult(bytes(ephemeral), public_key)
    nonce = variant_nonce(bytes(ephemeral.public_key), public_key)
    return bytes(ephemeral.public_key) + SecretBox(shared).encrypt(session_key, nonce).ciphertext


def open_variant_box(box, private_key):
    ephemeral, boxed = box[:32], box[32:]
    own_public_key = bytes(PrivateKey(private_key).public_key)
    shared = nacl.bindings.crypto_scalarmult(private_key, ephemeral)
    return SecretBox(shared).decrypt(boxed, variant_nonce(ephemeral, own_public_key))


# MARK: Envelopes


class Generation10:
    """RSA-2048 OAEP with SHA-1, AES-128-GCM with a nonce of 16 bytes. Keys are PEM."""

    def seal(self, plaintext, message_id, receiver, public_key):
        session_key = os.urandom(16)
        cipher = AES.new(session_key, AES.MODE_GCM, nonce=os.urandom(16))
        ciphertext, tag = cipher.encrypt_and_digest(plaintext)
        return {
            "message_id": message_id,
            "enc_session_key": encode(PKCS1_OAEP.new(RSA.import_key(public_key)).encrypt(session_key)),
            "nonce": encode(cipher.nonce),
            "tag": encode(tag),
            "ciphertext": encode(ciphertext),
        }

    def open(self, envelope, private_key):
        oaep = PKCS1_OAEP.new(RSA.import_key(private_key))
        session_key = oaep.decrypt(decode(envelope["enc_session_key"]))
        nonce = decode(envelope["nonce"])
        assert len(session_key) == 16 and len(nonce) == 16
        cipher = AES.new(session_key, AES.MODE_GCM, nonce=nonce)
        return cipher.decrypt_and_verify(decode(envelope["ciphertext"]), decode(envelope["tag"]))


class Generation13:
    """A sealed box, AES-256-GCM, the tag in a member of its own. Generation 1.4 is the same."""

    def seal(self, plaintext, message_id, receiver, public_key):
        session_key, nonce = os.urandom(32), os.urandom(12)
        sealed = AESGCM(session_key).encrypt(nonce, plaintext, None)
        return {
            "message_id": message_id,
            "receiver_client_id": receiver,
            "enc_session_key": encode(seal_box(session_key, public_key)),
            "nonce": encode(nonce),
            "tag": encode(sealed[-TAG_BYTES:]),
            "ciphertext": encode(sealed[:-TAG_BYTES]),
        }

    def open(self, envelope, private_key):
        session_key = open_box(decode(envelope["enc_session_key"]), private_key)
        sealed = decode(envelope["ciphertext"]) + decode(envelope["tag"])
        return AESGCM(session_key).decrypt(decode(envelope["nonce"]), sealed, None)


class Generation141:
    """A sealed box, ChaCha20-Poly1305, the tag at the end of the ciphertext."""

    seal_session_key = staticmethod(seal_box)
    open_session_key = staticmethod(open_box)

    def seal(self, plaintext, message_id, receiver, public_key):
        session_key, nonce = os.urandom(32), os.urandom(12)
        return {
            "message_id": message_id,
            "receiver_client_id": receiver,
            "enc_session_key": encode(self.seal_session_key(session_key, public_key)),
            "nonce": encode(nonce),
            "ciphertext": encode(ChaCha20Poly1305(session_key).encrypt(nonce, plaintext, None)),
        }

    def open(self, envelope, private_key):
        assert "tag" not in envelope
        session_key = self.open_session_key(decode(envelope["enc_session_key"]), private_key)
        cipher = ChaCha20Poly1305(session_key)
        return cipher.decrypt(decode(envelope["nonce"]), decode(envelope["ciphertext"]), None)


class Generation15(Generation141):
    """As 1.4.1, in a box of its own."""

    seal_session_key = staticmethod(seal_variant_box)
    open_session_key = staticmethod(open_variant_box)


FORMS = {
    "1.0": Generation10(),
    "1.3": Generation13(),
    "1.4": Generation13(),
    "1.4.1": Generation141(),
    "1.5": Generation15(),
}
