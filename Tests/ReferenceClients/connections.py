"""Lines to and from a broker: over a plain socket with or without TLS, and over asyncio's streams."""

import asyncio
import collections
import socket

TIMEOUT = 20


class Connection:
    """One command at a time; what is pushed meanwhile is kept."""

    def __init__(self, address, context=None):
        self.socket = socket.create_connection(address, timeout=TIMEOUT)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname=address[0])
        self.file = self.socket.makefile("r", encoding="utf-8", newline="\n")
        self.pushed = collections.deque()

    def send(self, line):
        self.socket.sendall(line.encode() + b"\n")

    def readline(self):
        line = self.file.readline()
        if not line:
            raise SystemExit("the broker closed the connection")
        return line.rstrip("\n")

    def command(self, line):
        self.send(line)
        return self.reply()

    def reply(self):
        while True:
            line = self.readline()
            if not line.startswith("Message: "):
                return line
            self.pushed.append(line)

    def message(self):
        return self.pushed.popleft() if self.pushed else self.readline()

    def close(self):
        self.file.close()
        self.socket.close()


class StreamConnection:
    """The same over asyncio: a task reads, and sorts what is pushed from what is answered."""

    @classmethod
    async def open(cls, address, context):
        self = cls()
        opening = asyncio.open_connection(*address, ssl=context, server_hostname=address[0], limit=1 << 26)
        self.reader, self.writer = await asyncio.wait_for(opening, TIMEOUT)
        self.replies, self.messages = asyncio.Queue(), asyncio.Queue()
        self.task = asyncio.create_task(self.read())
        return self

    async def read(self):
        while line := await self.reader.readline():
            text = line.decode().rstrip("\n")
            await (self.messages if text.startswith("Message: ") else self.replies).put(text)
        await self.replies.put(None)
        await self.messages.put(None)

    async def send(self, line):
        self.writer.write(line.encode() + b"\n")
        await self.writer.drain()

    async def reply(self, timeout=TIMEOUT):
        return self.checked(await asyncio.wait_for(self.replies.get(), timeout))

    async def command(self, line):
        await self.send(line)
        return await self.reply()

    async def message(self):
        return self.checked(await self.messages.get())

    @staticmethod
    def checked(line):
        if line is None:
            raise SystemExit("the broker closed the connection")
        return line

    async def close(self):
        self.task.cancel()
        self.writer.close()


def expect(reply, wanted):
    if reply != wanted:
        raise SystemExit(f"the broker answered {reply!r} and not {wanted!r}")
