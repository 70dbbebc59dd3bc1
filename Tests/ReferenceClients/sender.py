"""sender.py GENERATION [--server HOST:PORT]: sends each line of standard input to every receiver.

1.0 has no configuration file and knows one receiver; the others read config.json in the working directory.
Prints one line for each acknowledged message: its identity and its receiver."""

import argparse
import asyncio
import datetime
import json
import os
import sys
import uuid

from connections import Connection, StreamConnection
from envelopes import FORMS, decode
from settings import Settings, read_pem

ATTEMPTS = 3
BATCH = 4


def standard_form(message_id, sender, text):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    return json.dumps({"message_id": message_id, "sender_id": sender, "sent_timestamp": now, "content": text})


def acknowledged(message_id, receiver):
    print(message_id, receiver, flush=True)


def send_1_0(address, lines):
    """One message at a time over plain TCP, to the default exchange, which nobody declared."""
    public_key = read_pem("receiver_public.pem")
    connection = Connection(address)
    for line in lines:
        message_id = str(uuid.uuid4())
        envelope = FORMS["1.0"].seal(line.encode(), message_id, None, public_key)
        for _ in range(ATTEMPTS):
            reply = connection.command("publish default_exchange default_key " + json.dumps(envelope))
            if reply == f"ACK {message_id}":
                acknowledged(message_id, "receiver")
                break
        else:
            raise SystemExit(f"not acknowledged: {reply}")
    connection.close()


def send_1_3(settings, lines):
    """Asks for keys with get_key and publishes one message at a time."""
    connection = Connection(settings.address, settings.tls_context())
    for line in lines:
        for receiver in settings.receivers:
            reply = connection.command(f"get_key {receiver}")
            if not reply.startswith("Public key: "):
                raise SystemExit(f"no key of {receiver}: {reply}")
            message_id = str(uuid.uuid4())
            envelope = FORMS["1.3"].seal(line.encode(), message_id, receiver, decode(reply[12:]))
            binding = settings.binding_of(receiver)
            command = f"publish {binding['exchange_name']} {binding['routing_key']} {json.dumps(envelope)}"
            for _ in range(ATTEMPTS):
                reply = connection.command(command)
                if reply == f"ACK {message_id}":
                    acknowledged(message_id, receiver)
                    break
            else:
                raise SystemExit(f"not acknowledged: {reply}")
    connection.close()


async def send_batches(generation, settings, lines):
    """1.4 and later: keys with get_public_key, kept as files; messages in batches, each repeated until all
    of its members are acknowledged."""
    options = settings.values.get("sender", {})
    batch_size, attempts = options.get("batch_size", BATCH), options.get("max_retries", ATTEMPTS)
    timeout = options.get("ack_timeout_secs", 10)
    connection = await StreamConnection.open(settings.address, settings.tls_context())
    for receiver in settings.receivers:
        public_key = await fetch_key(connection, receiver)
        binding = settings.binding_of(receiver)
        waiting = {}
        for line in lines:
            envelope = make_envelope(generation, settings.client_id, receiver, public_key, line)
            waiting[envelope["message_id"]] = envelope
        for start in range(0, len(waiting), batch_size):
            batch = list(waiting.values())[start:start + batch_size]
            command = f"publish_batch {binding['exchange_name']} {binding['routing_key']} {json.dumps(batch)}"
            for _ in range(attempts):
                await connection.send(command)
                replies = [await connection.reply(timeout) for _ in batch]
                if replies == [f"ACK {envelope['message_id']}" for envelope in batch]:
                    break
            else:
                raise SystemExit(f"not acknowledged: {replies}")
            for envelope in batch:
                acknowledged(envelope["message_id"], receiver)
    await connection.close()


async def fetch_key(connection, receiver):
    reply = await connection.command(f"get_public_key {receiver}")
    if not reply.startswith("Public key: "):
        raise SystemExit(f"no key of {receiver}: {reply}")
    os.makedirs("receiver_keys", exist_ok=True)
    with open(f"receiver_keys/{receiver}_public.key", "w", encoding="ascii") as file:
        file.write(reply[12:])
    return decode(reply[12:])


def make_envelope(generation, sender, receiver, public_key, text):
    message_id = str(uuid.uuid4()) if generation == "1.4" else f"{sender}-{uuid.uuid4().hex[:8]}-{receiver}"
    plaintext = standard_form(message_id, sender, text).encode()
    envelope = FORMS[generation].seal(plaintext, message_id, receiver, public_key)
    if generation != "1.4":
        envelope["sent_time"] = datetime.datetime.now(datetime.timezone.utc).isoformat()
    return envelope


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("generation", choices=list(FORMS))
    parser.add_argument("--server", default="127.0.0.1:5672", help="1.0 only")
    parser.add_argument("--config", default="config.json")
    arguments = parser.parse_args()
    lines = [line.rstrip("\n") for line in sys.stdin]
    if arguments.generation == "1.0":
        host, port = arguments.server.split(":")
        return send_1_0((host, int(port)), lines)
    settings = Settings(arguments.config)
    if arguments.generation == "1.3":
        return send_1_3(settings, lines)
    return asyncio.run(send_batches(arguments.generation, settings, lines))


if __name__ == "__main__":
    main()
