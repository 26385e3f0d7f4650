"""What h11 makes of answers: length-prefixed cases on stdin, length-prefixed JSON on stdout."""
import json
import struct
import sys

import h11

REQUEST = [("Host", "a")]


def text(value):
    return bytes(value).decode("latin1")


def pairs(headers):
    return [text(part) for name, value in headers.raw_items() for part in (name, value)]


def read(case):
    connection = h11.Connection(h11.CLIENT)
    method = "HEAD" if case[:1] == b"H" else "GET"
    connection.send(h11.Request(method=method, target="/", headers=REQUEST))
    connection.send(h11.EndOfMessage())
    reading = {"interim": [], "status": 0, "fields": [], "body": "", "trailers": []}
    try:
        # Empty bytes stand for the end of the connection.
        for piece in [case[1:], b""] if len(case) > 1 else [b""]:
            connection.receive_data(piece)
            while True:
                event = connection.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    break
                if isinstance(event, h11.InformationalResponse):
                    reading["interim"].append([event.status_code, pairs(event.headers)])
                elif isinstance(event, h11.Response):
                    reading["status"] = event.status_code
                    reading["fields"] = pairs(event.headers)
                elif isinstance(event, h11.Data):
                    reading["body"] += text(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    reading["trailers"] = pairs(event.headers)
                    return reading
                else:
                    return None
    except h11.RemoteProtocolError:
        return None
    return None


def exactly(count):
    data = sys.stdin.buffer.read(count)
    return data if len(data) == count else None


while True:
    length = exactly(4)
    if length is None:
        break
    answer = json.dumps(read(exactly(struct.unpack(">I", length)[0]))).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(answer)) + answer)
    sys.stdout.buffer.flush()
