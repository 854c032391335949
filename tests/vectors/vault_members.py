# SPDX-License-Identifier: MIT
"""Statements and starts of epochs as docs/format.md has them, read and written (vault.py). A reader refuses what a writer would not
write."""
import os
import sys

sys.dont_write_bytecode = True
from shared_records import Reader, need, u64  # noqa: E402


def u16(n): return n.to_bytes(2, "little")
def u32(n): return n.to_bytes(4, "little")
def blob16(b): return u16(len(b)) + b


def list16(r, most, one):
    n = r.number(2)
    need(n <= most)
    return [one(r) for _ in range(n)]


def rising(items, key):
    need(all(key(a) < key(b) for a, b in zip(items, items[1:])))
    return items


# -- boxes and starts ----------------------------------------------------------------------------------------------------------

def read_box(r, text):
    b = r.take(r.number(2))
    need(b and b[0] and (b[0] != 1 or len(b) == 113 + text))
    return b


def read_boxes(r, most): return rising(list16(r, most, lambda r: (r.take(16), read_box(r, 64))), lambda x: x[0])
def write_boxes(boxes): return u16(len(boxes)) + b"".join(i + blob16(b) for i, b in boxes)


def read_start(r):
    need(r.number(1) == 1)
    s = {"number": r.number(4), "causes": rising(list16(r, 4096, lambda r: r.take(32)), lambda x: x), "commitment": r.take(32)}
    need(s["number"] > 1)
    s["slots"] = read_boxes(r, 65535)
    return s


def write_start(s):
    return b"\1" + u32(s["number"]) + u16(len(s["causes"])) + b"".join(s["causes"]) + s["commitment"] + write_boxes(s["slots"])


# -- bodies of statements, by kind -----------------------------------------------------------------------------------------------

def pair_ok(number, h): need((number == 0) == (h == bytes(32)))


def read_end(r):
    stream, n, h = r.number(8), r.number(8), r.take(32)
    need(stream)
    pair_ok(n, h)
    return stream, n, h


def write_end(e): return u64(e[0]) + u64(e[1]) + e[2]
def read_ends(r, most): return rising(list16(r, most, read_end), lambda e: e[0])
def write_ends(ends): return u16(len(ends)) + b"".join(map(write_end, ends))


def read_pin(r):
    pin = r.number(8), r.take(32)
    pair_ok(*pin)
    return pin


def write_pin(pin): return u64(pin[0]) + pin[1]


def read_who(r, kinds):
    """rank, kind (of a slot), Ed25519 key, box key, hash of the mix key."""
    who = [r.number(4)] + ([r.number(1)] if kinds else []) + [r.take(32), r.take(r.number(2)), r.take(32)]
    need(not kinds or who[1] in kinds)
    box_key = who[-2]
    need(box_key and box_key[0] and (box_key[0] != 1 or len(box_key) == 33))
    return who


def write_who(who): return u32(who[0]) + bytes(who[1:-3]) + who[-3] + blob16(who[-2]) + who[-1]


def read_slot(r):
    s = {"who": read_who(r, (1, 2)), "wrap": r.take(32), "replaces": r.take(16), "pin": read_pin(r)}
    s["boxes"] = rising(list16(r, 16, read_root_box), lambda b: b[:2])
    need(s["replaces"] != bytes(16) or s["pin"][0] == 0)
    need(s["replaces"] == bytes(16) or s["who"][1] == 1)
    return s


def read_root_box(r):
    number, epoch = r.number(4), r.take(32)
    need(number)
    return number, epoch, read_box(r, 32 if number == 1 else 64)


def write_slot(s):
    boxes = b"".join(u32(n) + i + blob16(b) for n, i, b in s["boxes"])
    return write_who(s["who"]) + s["wrap"] + s["replaces"] + write_pin(s["pin"]) + u16(len(s["boxes"])) + boxes


def read_revoke(r):
    body = {"signer": r.take(16), "pin": read_pin(r), "ends": read_ends(r, 256)}
    need(all(n for _, n, _ in body["ends"]))
    return body


BODIES = {
    1: (lambda r: (read_who(r, ()), r.take(64)), lambda b: write_who(b[0]) + b[1]),
    2: (lambda r: (r.take(16), read_ends(r, 64)), lambda b: b[0] + write_ends(b[1])),
    3: (read_revoke, lambda b: b["signer"] + write_pin(b["pin"]) + write_ends(b["ends"])),
    4: (read_end, write_end),
    5: (read_slot, write_slot),
    6: (lambda r: r.take(32), lambda b: b),
    7: (lambda r: r.number(4), u32),
}


def read_statement(r):
    need(r.number(1) == 1)
    s = {"kind": r.number(1), "flags": r.number(1), "signer": r.take(16), "number": r.number(8), "previous": r.take(32), "time": r.take(8)}
    body = r.take(r.number(2))
    s["signature"] = r.take(64)
    need(s["flags"] < 2 and s["number"] and (s["number"] == 1) == (s["previous"] == bytes(32)) and len(body) <= 16384)
    read, _ = BODIES.get(s["kind"], (Reader.left, None))
    b = Reader(body)
    s["body"] = read(b)
    b.end()
    return s


def write_statement(s):
    _, write = BODIES.get(s["kind"], (None, bytes))
    return (bytes([1, s["kind"], s["flags"]]) + s["signer"] + u64(s["number"]) + s["previous"] + s["time"] + blob16(write(s["body"]))
            + s["signature"])


if __name__ == "__main__":
    sys.exit(f"{os.path.basename(__file__)} is a part of vault.py")
