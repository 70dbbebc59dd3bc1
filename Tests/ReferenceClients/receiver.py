"""receiver.py GENERATION [--server HOST:PORT] --count N: receives N messages, writes them down, acknowledges them.

Prints "ready" once it is subscribed. 1.0 writes received_messages.json; 1.3 and 1.4 append to
data/received_messages.jsonl, later ones to data/<queue>_received_messages.jsonl."""

import argparse
import asyncio
import datetime
import json
import os

from connections import Connection, StreamConnection, expect
from envelopes import FORMS, encode
from nacl.public import PrivateKey
from settings import Settings, read_key, read_pem


class Store:
    """Each message once, in a file of JSON lines."""

    def __init__(self, path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        self.path = path
        self.seen = set()

    def add(self, message_id, text):
        if message_id in self.seen:
            return
        self.seen.add(message_id)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"message_id": message_id, "message": text, "timestamp": now}) + "\n")


def parse(line):
    """Message: <message_id> <envelope>"""
    word, message_id, envelope = line.split(" ", 2)
    assert word == "Message:"
    envelope = json.loads(envelope)
    assert envelope["message_id"] == message_id
    return message_id, envelope


def receive_1_0(address, count):
    """The default queue is there without being declared. Waits for each confirmation before it goes on."""
    private_key = read_pem("receiver_private.pem")
    connection = Connection(address)
    expect(connection.command("consume default_queue"), "Subscribed to queue")
    print("ready", flush=True)
    messages = {}
    while len(messages) < count:
        message_id, envelope = parse(connection.message())
        messages[message_id] = FORMS["1.0"].open(envelope, private_key).decode()
        with open("received_messages.json", "w", encoding="utf-8") as file:
            json.dump([{"message_id": key, "message": text} for key, text in messages.items()], file)
        expect(connection.command(f"ack {message_id}"), f"ACK_CONFIRMED {message_id}")
    connection.close()


def receive_1_3(settings, count):
    """Registers its key with register_key; reads messages that are pushed while it waits for a confirmation."""
    private_key = read_key("receiver_private.key")
    public_key = encode(bytes(PrivateKey(private_key).public_key))
    connection = Connection(settings.address, settings.tls_context())
    expect(connection.command(f"register_key {settings.client_id} {public_key}"), "Public key registered")
    binding = settings.binding_of(settings.client_id)
    queue, exchange, key = binding["queue_name"], binding["exchange_name"], binding["routing_key"]
    expect(connection.command(f"declare_queue {queue}"), "Queue declared")
    expect(connection.command(f"declare_exchange {exchange}"), "Exchange declared")
    expect(connection.command(f"bind {queue} {exchange} {key}"), "Queue bound")
    expect(connection.command(f"consume {queue}"), "Subscribed to queue")
    print("ready", flush=True)
    store = Store("data/received_messages.jsonl")
    while len(store.seen) < count:
        message_id, envelope = parse(connection.message())
        store.add(message_id, FORMS["1.3"].open(envelope, private_key).decode())
        expect(connection.command(f"ack {message_id}"), f"ACK_CONFIRMED {message_id}")
    connection.close()


async def receive_streams(generation, settings, count, heartbeat):
    """1.4 and later: register_public_key, a task that sends heartbeats and one that takes messages."""
    private_key = read_key("receiver_private.key")
    public_key = encode(bytes(PrivateKey(private_key).public_key))
    connection = await StreamConnection.open(settings.address, settings.tls_context())
    expect(await connection.command(f"register_public_key {public_key}"), "Public key registered")
    binding = settings.binding_of(settings.client_id)
    queue, exchange, key = binding["queue_name"], binding["exchange_name"], binding["routing_key"]
    expect(await connection.command(f"declare_queue {queue}"), "Queue declared")
    expect(await connection.command(f"declare_exchange {exchange}"), "Exchange declared")
    expect(await connection.command(f"bind {queue} {exchange} {key}"), "Queue bound")
    expect(await connection.command(f"consume {queue}"), "Subscribed to queue")
    print("ready", flush=True)

    async def beat():
        while True:
            await asyncio.sleep(heartbeat)
            # The answer is one of the replies that nobody looks at.
            await connection.send("heartbeat")

    beating = asyncio.create_task(beat())
    name = "received_messages" if generation == "1.4" else f"{queue}_received_messages"
    store = Store(f"data/{name}.jsonl")
    acknowledged = set()
    while len(acknowledged) < count:
        message_id, envelope = parse(await connection.message())
        store.add(message_id, FORMS[generation].open(envelope, private_key).decode())
        await connection.send(f"ack {message_id}")
        while await connection.reply() != f"ACK_CONFIRMED {message_id}":
            pass
        acknowledged.add(message_id)
    beating.cancel()
    await connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("generation", choices=list(FORMS))
    parser.add_argument("--server", default="127.0.0.1:5672", help="1.0 only")
    parser.add_argument("--config", default="config.json")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--heartbeat", type=float, default=30)
    arguments = parser.parse_args()
    if arguments.generation == "1.0":
        host, port = arguments.server.split(":")
        return receive_1_0((host, int(port)), arguments.count)
    settings = Settings(arguments.config)
    if arguments.generation == "1.3":
        return receive_1_3(settings, arguments.count)
    return asyncio.run(
        receive_streams(arguments.generation, settings, arguments.count, arguments.heartbeat)
    )


if __name__ == "__main__":
    main()
