"""legacy_broker.py GENERATION [--certificates DIR] [--port-file FILE]: a stand-in for the earlier brokers.

It is made from what is known of their replies and habits, not from their code: what is read at once is one
command of at most 4,096 bytes; a consumer gets what is published after it came, and so does every other consumer
of its queue; `fetch` hands a message out and forgets it; anybody may acknowledge anything; an envelope is taken
apart and put together again with the members that its generation has. Everything is gone when it ends."""

import argparse
import asyncio
import json
import os
import ssl

READ_BYTES = 4096

MEMBERS = {
    "1.0": ["message_id", "enc_session_key", "nonce", "tag", "ciphertext"],
    "1.3": ["message_id", "receiver_client_id", "enc_session_key", "nonce", "tag", "ciphertext"],
    "1.4": ["message_id", "receiver_client_id", "enc_session_key", "nonce", "tag", "ciphertext"],
    "1.4.1": ["message_id", "receiver_client_id", "enc_session_key", "nonce", "ciphertext"],
    "1.5": ["message_id", "receiver_client_id", "enc_session_key", "nonce", "ciphertext"],
}


class Refusal(Exception):
    pass


class Broker:
    def __init__(self, generation):
        self.generation = generation
        self.queues, self.consumers, self.bindings = {}, {}, {}
        self.senders, self.keys = {}, {}
        if generation == "1.0":
            self.queues["default_queue"] = []
            self.bindings["default_exchange"] = [("default_key", "default_queue")]

    def handle(self, client, text):
        """The lines that answer one read."""
        verb, _, rest = text.strip().partition(" ")
        handlers = {
            "declare_queue": self.declare_queue, "declare_exchange": self.declare_exchange, "bind": self.bind,
            "publish": self.publish, "consume": self.consume, "fetch": self.fetch, "ack": self.ack,
        }
        if self.generation != "1.0":
            handlers |= {
                "publish_batch": self.publish_batch, "register_key": self.register_key, "get_key": self.get_key,
            }
        if self.generation not in ("1.0", "1.3"):
            handlers |= {
                "register_public_key": self.register_public_key, "get_public_key": self.get_public_key,
                "resend": self.resend,
            }
        return handlers[verb](client, rest) if verb in handlers else ["Unknown command"]

    def declare_queue(self, client, rest):
        if not rest:
            return ["Missing queue name"]
        self.queues.setdefault(rest, [])
        return ["Queue declared"]

    def declare_exchange(self, client, rest):
        if not rest:
            return ["Missing exchange name"]
        self.bindings.setdefault(rest, [])
        return ["Exchange declared"]

    def bind(self, client, rest):
        words = rest.split(" ")
        if len(words) < 3:
            return ["Missing parameters"]
        exchange, queue = words[:2] if self.generation == "1.0" else words[1::-1]
        if queue not in self.queues:
            return [f"Error: Queue '{queue}' does not exist"]
        if exchange not in self.bindings:
            return [f"Error: Exchange '{exchange}' does not exist"]
        # Binding twice delivers twice.
        self.bindings[exchange].append((words[2], queue))
        return ["Queue bound"]

    def publish(self, client, rest):
        words = rest.split(" ", 2)
        if len(words) < 3:
            return ["Missing parameters"]
        try:
            envelope = self.taken_apart(json.loads(words[2]))
        except (ValueError, Refusal) as error:
            return [f"Invalid message format: {error}"]
        try:
            return [self.accept(client, words[0], words[1], envelope)]
        except Refusal as error:
            return [f"Error: {error}"]

    def publish_batch(self, client, rest):
        words = rest.split(" ", 2)
        if len(words) < 3:
            return ["Missing parameters"]
        try:
            envelopes = [self.taken_apart(envelope) for envelope in json.loads(words[2])]
        except (ValueError, Refusal) as error:
            return [f"Invalid batch format: {error}"]
        replies = []
        for envelope in envelopes:
            try:
                replies.append(self.accept(client, words[0], words[1], envelope))
            except Refusal as error:
                replies.append(f"Error: {error} for message {envelope['message_id']}")
        return replies or [""]

    def taken_apart(self, envelope):
        members = MEMBERS[self.generation]
        for member in members:
            if member not in envelope:
                raise Refusal(f"missing field `{member}`")
        return {member: envelope[member] for member in members}

    def accept(self, client, exchange, key, envelope):
        message_id = envelope["message_id"]
        if message_id in self.senders:
            raise Refusal(f"Duplicate message {message_id} ignored")
        queues = [queue for bound, queue in self.bindings.get(exchange, []) if bound == key]
        if not queues:
            raise Refusal(f"No queues bound to exchange '{exchange}' with routing key '{key}'")
        self.senders[message_id] = client.name
        for queue in queues:
            self.queues[queue].append(envelope)
            for consumer in self.consumers.get(queue, []):
                consumer.push(envelope)
        return f"ACK {message_id}"

    def consume(self, client, rest):
        if not rest:
            return ["Missing queue name"]
        self.queues.setdefault(rest, [])
        self.consumers.setdefault(rest, []).append(client)
        return ["Subscribed to queue"]

    def fetch(self, client, rest):
        if not rest:
            return ["Missing queue name"]
        waiting = self.queues.get(rest)
        return [message_line(waiting.pop(0))] if waiting else ["No messages"]

    def ack(self, client, rest):
        if not rest:
            return ["Missing message ID"]
        for name, waiting in self.queues.items():
            self.queues[name] = [envelope for envelope in waiting if envelope["message_id"] != rest]
        self.senders.pop(rest, None)
        return [f"ACK_CONFIRMED {rest}"]

    def resend(self, client, rest):
        if not rest:
            return ["Missing message ID"]
        if rest not in self.senders:
            return ["Message ID not found"]
        return ["Resend requested" if self.senders[rest] == client.name else "Unauthorized resend request"]

    def register_key(self, client, rest):
        name, _, key = rest.partition(" ")
        if not key:
            return ["Missing client ID or public key"]
        # For anybody: that was the hole.
        self.keys[name] = key
        return ["Public key registered"]

    def get_key(self, client, rest):
        if not rest:
            return ["Missing client ID"]
        return [f"Public key: {self.keys[rest]}" if rest in self.keys else "No public key found"]

    def register_public_key(self, client, rest):
        if not rest:
            return ["Missing public key"]
        self.keys[client.name] = rest
        return ["Public key registered"]

    def get_public_key(self, client, rest):
        if not rest:
            return ["Missing client ID"]
        return [f"Public key: {self.keys[rest]}" if rest in self.keys else "Public key not found"]


def message_line(envelope):
    return f"Message: {envelope['message_id']} {json.dumps(envelope, separators=(',', ':'))}"


class Client:
    def __init__(self, writer):
        self.writer = writer
        self.name = "anonymous"
        certificate = writer.get_extra_info("peercert")
        if certificate:
            self.name = dict(pair[0] for pair in certificate["subject"])["commonName"]

    def write(self, lines):
        self.writer.write("".join(line + "\n" for line in lines).encode())

    def push(self, envelope):
        if not self.writer.is_closing():
            self.write([message_line(envelope)])


async def serve(arguments):
    context = None
    if arguments.certificates:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(f"{arguments.certificates}/ca.crt")
        context.load_cert_chain(f"{arguments.certificates}/server.crt", f"{arguments.certificates}/server.key")
    broker = Broker(arguments.generation)

    async def converse(reader, writer):
        client = Client(writer)
        try:
            while data := await reader.read(READ_BYTES):
                client.write(broker.handle(client, data.decode(errors="replace")))
                await writer.drain()
        except OSError:
            pass
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0, ssl=context)
    with open(arguments.port_file + ".new", "w", encoding="ascii") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(arguments.port_file + ".new", arguments.port_file)
    await server.serve_forever()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("generation", choices=list(MEMBERS))
    parser.add_argument("--certificates", help="the folder with ca.crt, server.crt and server.key; else plain TCP")
    parser.add_argument("--port-file", required=True)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
