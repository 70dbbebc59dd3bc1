"""habits.py HABIT --port PORT [--certificates DIR]: one habit of real clients against a broker; exit status 0 when
it answers as they need it."""

import argparse
import json
import socket
import ssl
import time

from connections import expect

TIMEOUT = 20


class Client:
    """A socket, TLS where there are certificates, and nothing that helps."""

    def __init__(self, name, version=None):
        self.socket = socket.create_connection(("127.0.0.1", arguments.port), timeout=TIMEOUT)
        if arguments.certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            if version:
                context.minimum_version = context.maximum_version = version
            context.load_verify_locations(f"{arguments.certificates}/ca.crt")
            own = f"{arguments.certificates}/clients/{name}/client"
            context.load_cert_chain(own + ".crt", own + ".key")
            self.socket = context.wrap_socket(self.socket)
        self.unread = b""

    def send(self, text):
        self.socket.sendall(text.encode() if isinstance(text, str) else text)

    def readline(self):
        while b"\n" not in self.unread:
            data = self.socket.recv(65_536)
            assert data, "the broker closed the connection"
            self.unread += data
        line, self.unread = self.unread.split(b"\n", 1)
        return line.decode()

    def lines(self, count):
        return [self.readline() for _ in range(count)]

    def ask(self, *commands):
        self.send("".join(command + "\n" for command in commands))
        return self.lines(len(commands))

    def abort(self):
        """Closes without close_notify: the socket goes, and TLS is not told."""
        self.socket.close()


def envelope(message_id, receiver="bob", **members):
    return json.dumps({"message_id": message_id, "receiver_client_id": receiver, "ciphertext": "AAAA"} | members)


def bound_queue(name="q"):
    bob = Client("bob")
    replies = bob.ask(f"declare_queue {name}", "declare_exchange x", f"bind {name} x {name}")
    assert replies == ["Queue declared", "Exchange declared", "Queue bound"], replies
    return bob


def empty(client, queue="q"):
    assert client.ask(f"fetch {queue}") == ["No messages"]


def split_anywhere():
    """Every command arrives in two pieces, cut at every byte, with a pause between them."""
    bob = bound_queue()
    alice = Client("alice")
    for number, cut in enumerate(range(1, 60, 3)):
        line = f"publish x q {envelope(f'm{number}', note='größer')}\n".encode()
        alice.send(line[:cut])
        # No event tells a client what the broker has read; without a pause both pieces may come in one read.
        time.sleep(0.005)
        alice.send(line[cut:])
        expect(alice.readline(), f"ACK m{number}")
    for number in range(20):
        assert bob.ask("fetch q")[0].startswith(f"Message: m{number} ")
        bob.ask(f"ack m{number}")
    empty(bob)


def many_in_one_write():
    bound_queue()
    alice = Client("alice")
    count = 500
    alice.send("".join(f"publish x q {envelope(f'm{number}')}\nget_key nobody\n" for number in range(count)))
    for number in range(count):
        assert alice.lines(2) == [f"ACK m{number}", "No public key found"]


def carriage_returns():
    bob = bound_queue()
    alice = Client("alice")
    alice.send(f"publish x q {envelope('m')}\r\nheartbeat\r\nget_key nobody\r\n")
    assert alice.lines(3) == ["ACK m", "Heartbeat", "No public key found"]
    bob.send("fetch q\r\nack m\r\n")
    assert bob.lines(2) == [f"Message: m {envelope('m')}", "ACK_CONFIRMED m"]


def replies_between_messages():
    """A client that reads line by line finds the answers to its commands between what is pushed to it."""
    bob = bound_queue()
    expect(bob.ask("consume q")[0], "Subscribed to queue")
    alice = Client("alice")
    alice.send("".join(f"publish x q {envelope(f'm{number}')}\n" for number in range(50)))
    messages, replies = [], []
    for number in range(50):
        bob.send(f"get_key nobody{number}\n" if number % 2 else "declare_queue q\n")
    while len(messages) < 50 or len(replies) < 50:
        line = bob.readline()
        (messages if line.startswith("Message: ") else replies).append(line)
    assert [line.split(" ")[1] for line in messages] == [f"m{number}" for number in range(50)]
    assert replies == ["Queue declared", "No public key found"] * 25


def confirmations_never_read():
    """The receiver acknowledges on a connection that it never reads from."""
    bob, count = bound_queue(), 2_000
    expect(bob.ask("consume q")[0], "Subscribed to queue")
    alice, silent = Client("alice"), Client("bob")
    alice.send("".join(f"publish x q {envelope(f'm{number}')}\n" for number in range(count)))
    for _ in range(count):
        message_id = bob.readline().split(" ")[1]
        silent.send(f"ack {message_id}\n")
    alice.lines(count)
    # Answers come in their order: this one only after every acknowledgement was carried out.
    silent.send("heartbeat\n")
    assert silent.lines(count + 1)[-1] == "Heartbeat"
    bob.abort()
    empty(Client("bob"))


def heartbeats_ignored():
    """A task sends heartbeats into whatever else goes on; nobody looks for their answers."""
    bob = bound_queue()
    expect(bob.ask("consume q")[0], "Subscribed to queue")
    alice = Client("alice")
    for number in range(20):
        bob.send("heartbeat\n")
        expect(alice.ask(f"publish x q {envelope(f'm{number}')}")[0], f"ACK m{number}")
        bob.send("heartbeat\n")
        while not bob.readline().startswith(f"Message: m{number} "):
            pass
        bob.send(f"ack m{number}\n")
        while bob.readline() != f"ACK_CONFIRMED m{number}":
            pass


def acknowledgements_in_any_order():
    bob = bound_queue()
    expect(bob.ask("consume q")[0], "Subscribed to queue")
    alice = Client("alice")
    alice.ask(*(f"publish x q {envelope(f'm{number}')}" for number in range(4)))
    bob.lines(4)
    wanted = ["m3", "m0", "m3", "never-there", "m2", "m0", "m1"]
    assert bob.ask(*(f"ack {name}" for name in wanted)) == [f"ACK_CONFIRMED {name}" for name in wanted]
    bob.abort()
    empty(Client("bob"))


def no_close_notify():
    bob = bound_queue()
    for number in range(20):
        alice = Client("alice")
        if number % 2:
            expect(alice.ask(f"publish x q {envelope(f'm{number}')}")[0], f"ACK m{number}")
        else:
            # Not even the acknowledgement is read.
            alice.send(f"publish x q {envelope(f'm{number}')}\n")
        alice.abort()
    expect(Client("alice").ask("heartbeat")[0], "Heartbeat")
    # What was acknowledged is there. The others may be: a socket that is closed with unread data is reset.
    acknowledged = {f"m{number}" for number in range(1, 20, 2)}
    seen, deadline = set(), time.monotonic() + TIMEOUT
    while not acknowledged <= seen:
        assert time.monotonic() < deadline, acknowledged - seen
        line = bob.ask("fetch q")[0]
        if line != "No messages":
            seen.add(line.split(" ")[1])


def error_for_a_batch_member():
    bob = bound_queue()
    expect(Client("bob").ask(f"publish x q {envelope('m1')}")[0], "ACK m1")
    alice = Client("alice")
    batch = ", ".join(envelope(f"m{number}") for number in range(3))
    alice.send(f"publish_batch x q [{batch}]\nheartbeat\n")
    assert alice.lines(4) == ["ACK m0", "Error: Duplicate message m1 ignored for message m1", "ACK m2", "Heartbeat"]
    got = [bob.ask("fetch q")[0].split(" ")[1] for _ in range(3)]
    assert sorted(got) == ["m0", "m1", "m2"], got
    empty(bob)


def batch_again_after_a_timeout():
    """The first attempt's answers are never read; the second gets an ACK for each, and nothing is stored twice."""
    bob = bound_queue()
    batch = ", ".join(envelope(f"m{number}") for number in range(10))
    acknowledged = [f"ACK m{number}" for number in range(10)]
    first = Client("alice")
    first.send(f"publish_batch x q [{batch}]\n")
    # On the same connection, as a client does that only lost patience ...
    first.send(f"publish_batch x q [{batch}]\n")
    assert first.lines(20) == acknowledged * 2
    # ... and on a new one, as a client does that lost the connection.
    first.abort()
    second = Client("alice")
    second.send(f"publish_batch x q [{batch}]\n")
    assert second.lines(10) == acknowledged
    assert [bob.ask("fetch q")[0].split(" ")[1] for _ in range(10)] == [f"m{number}" for number in range(10)]
    empty(bob)


def tls_1_2():
    client = Client("alice", ssl.TLSVersion.TLSv1_2)
    assert client.socket.version() == "TLSv1.2"
    expect(client.ask("heartbeat")[0], "Heartbeat")


def tls_1_2_refused():
    try:
        Client("alice", ssl.TLSVersion.TLSv1_2).ask("heartbeat")
    except ssl.SSLError:
        return
    raise AssertionError("TLS 1.2 was accepted")


def resend():
    bob = bound_queue()
    expect(bob.ask("consume q")[0], "Subscribed to queue")
    alice = Client("alice")
    expect(alice.ask(f"publish x q {envelope('m')}")[0], "ACK m")
    message = f"Message: m {envelope('m')}"
    expect(bob.readline(), message)
    # Held and not acknowledged: it comes once more.
    expect(alice.ask("resend m")[0], "Resend requested")
    expect(bob.readline(), message)
    assert bob.ask("resend m") == ["Unauthorized resend request"]
    assert bob.ask("ack m") == ["ACK_CONFIRMED m"]
    # Not held any more, never there, not named.
    assert alice.ask("resend m", "resend other", "resend") == ["Message ID not found"] * 2 + ["Missing message ID"]
    assert bob.ask("heartbeat") == ["Heartbeat"]


def first_generation():
    """1.0: the exchange comes first in bind, and three names are there without being declared."""
    receiver, sender = Client("anonymous"), Client("anonymous")
    plain = json.dumps({"message_id": "a", "ciphertext": "AAAA"})
    # The sender may even be the first of all.
    expect(sender.ask(f"publish default_exchange default_key {plain}")[0], "ACK a")
    receiver.send("consume default_queue\n")
    assert receiver.lines(2) == ["Subscribed to queue", f"Message: a {plain}"]
    expect(receiver.ask("ack a")[0], "ACK_CONFIRMED a")
    # A queue of its own, on the exchange that was never declared and on one that was.
    assert receiver.ask(
        "declare_queue mine", "bind default_exchange mine k", "declare_exchange other", "bind other mine k"
    ) == ["Queue declared", "Queue bound", "Exchange declared", "Queue bound"]
    for exchange in ("default_exchange", "other"):
        message = plain.replace('"a"', f'"{exchange}"')
        expect(sender.ask(f"publish {exchange} k {message}")[0], f"ACK {exchange}")
        expect(sender.ask("fetch mine")[0], f"Message: {exchange} {message}")
        expect(sender.ask(f"ack {exchange}")[0], f"ACK_CONFIRMED {exchange}")


parser = argparse.ArgumentParser()
parser.add_argument("habit")
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--certificates")
arguments = parser.parse_args()
globals()[arguments.habit]()
