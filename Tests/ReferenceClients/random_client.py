"""random_client.py --port PORT --certificates DIR --seconds N [--seed S]: several connections that send whatever they
may, in pieces and bursts that chance decides, and check every single reply and its place.

Publishers, a consumer that gives other commands between what is pushed to it, and a client that fetches. Ends with
status 0 when every reply came in the order of the commands, and every acknowledged message arrived once, in the
order of its publisher. Anything else ends it with the seed."""

import argparse
import asyncio
import collections
import json
import os
import random
import ssl
import sys
import time

UNANSWERED_MAX = 400
BACKLOG_MAX = 3_000


class Mismatch(Exception):
    pass


class Connection:
    """Sends commands in random pieces; `expected` has what the next replies must be."""

    def __init__(self, world, name, identity):
        self.world, self.name, self.identity = world, name, identity
        self.random = random.Random(f"{world.seed}-{name}")
        self.expected = collections.deque()
        self.replies = 0
        self.number = 0

    async def open(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        folder = self.world.arguments.certificates
        context.load_verify_locations(f"{folder}/ca.crt")
        own = f"{folder}/clients/{self.identity}/client"
        context.load_cert_chain(own + ".crt", own + ".key")
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self.world.arguments.port, ssl=context, limit=1 << 24
        )
        self.reading = asyncio.create_task(self.read())
        return self

    async def read(self):
        while line := await self.reader.readline():
            text = line.decode().rstrip("\n")
            if not self.is_pushed(text):
                self.check(text)

    def is_pushed(self, line):
        return False

    def check(self, line):
        if not self.expected:
            raise Mismatch(f"{self.name}: reply {self.replies} came unasked: {line[:200]!r}")
        command, wanted = self.expected.popleft()
        self.replies += 1
        if not (wanted(line) if callable(wanted) else line == wanted):
            shown = "something else" if callable(wanted) else repr(wanted)
            raise Mismatch(f"{self.name}: reply {self.replies} to {command[:200]!r} is {line[:200]!r}, not {shown}")

    async def send(self, commands):
        """Commands with their expected replies, one for each line of the answer."""
        data = b""
        for command, replies in commands:
            data += command.encode() + self.random.choice([b"\n", b"\n", b"\n", b"\r\n"])
            self.expected.extend((command, reply) for reply in replies)
        while data:
            size = self.random.choice([1, 2, 7, 100, 1_000, 4_096, 4_097, 20_000, len(data)])
            self.writer.write(data[:size])
            data = data[size:]
            await self.writer.drain()
            if self.random.random() < 0.3:
                await asyncio.sleep(self.random.choice([0, 0, 0.001]))

    async def answered(self, left=0):
        deadline = time.monotonic() + 60
        while len(self.expected) > left:
            if self.reading.done():
                self.reading.result()
                raise Mismatch(f"{self.name}: the broker closed the connection")
            if time.monotonic() > deadline:
                raise Mismatch(f"{self.name}: no answer to {self.expected[0][0][:200]!r}")
            await asyncio.sleep(0.002)

    async def run(self, choices):
        while time.monotonic() < self.world.end:
            count = self.random.choice([1, 1, 2, 5, 20, 60])
            await self.send([self.random.choice(choices)() for _ in range(count)])
            await self.answered(UNANSWERED_MAX)
            await asyncio.sleep(0)
        await self.answered()

    # MARK: Commands that change nothing for the others

    def question(self):
        other = self.random.choice(["nobody", "someone"])
        return self.random.choice(
            [
                ("heartbeat", ["Heartbeat"]),
                (f"get_key {other}", ["No public key found"]),
                (f"get_public_key {other}", ["Public key not found"]),
                ("declare_queue q", ["Queue declared"]),
                ("declare_exchange x", ["Exchange declared"]),
                ("bind q x q", ["Queue bound"]),
                ("bind q nowhere q", ["Error: exchange 'nowhere' does not exist"]),
                ("publish x none " + json.dumps({"message_id": "never"}),
                 ["Error: No queues bound to exchange 'x' with routing key 'none'"]),
            ]
        )

    def nonsense(self):
        return self.random.choice(
            [
                ("", ["Unknown command"]),
                ("nonsense " + "x" * self.random.randrange(6_000), ["Unknown command"]),
                ("publish x q", ["Missing parameters"]),
                ("bind q x", ["Missing parameters"]),
                ("ack", ["Missing message ID"]),
                ("fetch", ["Missing queue name"]),
                ("consume", ["Missing queue name"]),
                ("resend", ["Missing message ID"]),
                ("register_key me", ["Missing client ID or public key"]),
                ("publish x q {", [lambda line: line.startswith("Invalid message format: ")]),
                ("publish_batch x q [{}]", [lambda line: line.startswith("Invalid batch format: ")]),
                ("publish_batch x q []", [""]),
                ("resend never", ["Message ID not found"]),
            ]
        )


class Publisher(Connection):
    def envelope(self, message_id):
        # Text that looks like commands, and lengths around the sizes of buffers.
        filling = "ack m publish x q " * self.random.choice([0, 1, 20, 225, 230, 900])
        return json.dumps({"message_id": message_id, "receiver_client_id": "bob", "ciphertext": filling})

    def new_identity(self):
        self.number += 1
        return f"{self.world.run}-{self.name}-{self.number}"

    def publish(self):
        queue = self.random.choice(["q", "q", "f"])
        message_id = self.new_identity()
        return f"publish x {queue} {self.envelope(message_id)}", [self.acknowledgement(message_id, queue)]

    def batch(self):
        identities = [self.new_identity() for _ in range(self.random.randrange(1, 8))]
        replies = [self.acknowledgement(message_id, "q") for message_id in identities]
        known = self.random.choice(self.world.foreign)
        identities.insert(0, known)
        replies.insert(0, f"Error: Duplicate message {known} ignored for message {known}")
        return f"publish_batch x q [{','.join(map(self.envelope, identities))}]", replies

    def again(self):
        """A retry: acknowledged, and stored once."""
        known = self.world.acknowledged.get(self.name)
        if not known:
            return self.question()
        message_id = self.random.choice(known[-50:])
        return f"publish x q {self.envelope(message_id)}", [f"ACK {message_id}"]

    def acknowledgement(self, message_id, queue):
        def check(line):
            if line != f"ACK {message_id}":
                return False
            self.world.waiting[queue] += 1
            self.world.acknowledged.setdefault(self.name, []).append(message_id)
            return True

        return check

    async def run(self, choices):
        async def hold_back():
            while sum(self.world.waiting.values()) > BACKLOG_MAX and time.monotonic() < self.world.end:
                await asyncio.sleep(0.005)

        while time.monotonic() < self.world.end:
            await hold_back()
            count = self.random.choice([1, 1, 2, 5, 20, 60])
            await self.send([self.random.choice(choices)() for _ in range(count)])
            await self.answered(UNANSWERED_MAX)
        await self.answered()


class Receiver(Connection):
    """What both kinds of receivers do with messages."""

    def __init__(self, world, name, identity, queue):
        super().__init__(world, name, identity)
        self.queue = queue
        self.held = []
        self.last = {}

    def take(self, line):
        _, message_id, envelope = line.split(" ", 2)
        if json.loads(envelope)["message_id"] != message_id:
            raise Mismatch(f"{self.name}: {message_id} came with another envelope")
        if message_id in self.world.received:
            raise Mismatch(f"{self.name}: {message_id} came twice")
        self.world.received.add(message_id)
        self.world.waiting[self.queue] -= 1
        publisher, number = message_id.rsplit("-", 1)
        if int(number) <= self.last.get(publisher, 0):
            raise Mismatch(f"{self.name}: {message_id} came after {publisher}-{self.last[publisher]}")
        self.last[publisher] = int(number)
        self.held.append(message_id)

    def acknowledge(self):
        if not self.held:
            return self.question()
        index = self.random.choice([0, 0, self.random.randrange(len(self.held))])
        message_id = self.held[index]
        if self.random.random() < 0.9:
            self.held.pop(index)
        return f"ack {message_id}", [f"ACK_CONFIRMED {message_id}"]

    def acknowledge_unknown(self):
        return "ack never-there", ["ACK_CONFIRMED never-there"]


class Consumer(Receiver):
    def is_pushed(self, line):
        if line.startswith("Message: "):
            self.take(line)
            return True
        return False


class Fetcher(Receiver):
    def fetch(self):
        def check(line):
            if line.startswith("Message: "):
                self.take(line)
                return True
            return line == "No messages"

        return f"fetch {self.queue}", [check]


class World:
    def __init__(self, arguments):
        self.arguments = arguments
        self.seed = arguments.seed
        self.end = time.monotonic() + arguments.seconds
        self.received = set()
        # A broker remembers identities: another run on the same data must have others.
        self.run = os.urandom(4).hex()
        self.acknowledged = {}
        self.waiting = collections.Counter()
        # Published by bob, so that they are duplicates for alice.
        self.foreign = [f"{self.run}-foreign-{number}" for number in range(1, 4)]


async def play(world):
    consumer = await Consumer(world, "consumer", "bob", "q").open()
    fetcher = await Fetcher(world, "fetcher", "bob", "f").open()
    publishers = [await Publisher(world, name, "alice").open() for name in ("first", "second")]
    topology = [
        ("declare_queue q", ["Queue declared"]), ("declare_queue f", ["Queue declared"]),
        ("declare_exchange x", ["Exchange declared"]), ("bind q x q", ["Queue bound"]), ("bind f x f", ["Queue bound"]),
    ]
    await fetcher.send(topology)
    await fetcher.send(
        [(f"publish x f {json.dumps({'message_id': name})}", [f"ACK {name}"]) for name in world.foreign]
    )
    await fetcher.answered()
    await consumer.send([("consume q", ["Subscribed to queue"])])
    everyone = [consumer, fetcher, *publishers]
    tasks = [
        consumer.run(
            [consumer.acknowledge] * 20 + [consumer.acknowledge_unknown, consumer.question, consumer.nonsense]
        ),
        fetcher.run([fetcher.fetch] * 8 + [fetcher.acknowledge] * 8 + [fetcher.question, fetcher.nonsense]),
    ]
    for one in publishers:
        tasks.append(one.run([one.publish] * 10 + [one.batch] * 2 + [one.again, one.question, one.nonsense]))
    # A reader that fails, or whose connection ends, ends everything.
    playing = asyncio.gather(*tasks)
    done, _ = await asyncio.wait([playing, *(one.reading for one in everyone)], return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    if not playing.done():
        raise Mismatch("the broker closed a connection")
    await finish(world, consumer, fetcher)
    return sum(one.replies for one in everyone)


async def finish(world, consumer, fetcher):
    """Everything that was acknowledged comes, and nothing is left."""
    wanted = {message_id for known in world.acknowledged.values() for message_id in known} | set(world.foreign)
    deadline = time.monotonic() + 60
    while not wanted <= world.received:
        if time.monotonic() > deadline:
            missing = sorted(wanted - world.received)
            raise Mismatch(f"{len(missing)} acknowledged messages never came: {missing[:5]}")
        for one in (consumer, fetcher):
            commands = [(f"ack {name}", [f"ACK_CONFIRMED {name}"]) for name in one.held]
            one.held = []
            await one.send(commands + ([fetcher.fetch() for _ in range(100)] if one is fetcher else []))
            await one.answered()
    for one in (consumer, fetcher):
        await one.send([(f"ack {name}", [f"ACK_CONFIRMED {name}"]) for name in one.held])
        await one.answered()
    if world.received != wanted:
        raise Mismatch(f"messages came that were not acknowledged: {sorted(world.received - wanted)[:5]}")
    await fetcher.send([("fetch f", ["No messages"]), ("fetch q", ["No messages"])])
    await fetcher.answered()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificates", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    world = World(parser.parse_args())
    try:
        replies = await play(world)
    except Exception as error:
        sys.exit(f"seed {world.seed}: {error or repr(error)}")
    print(f"{replies} replies in their order, {len(world.received)} messages, seed {world.seed}")


asyncio.run(main())
