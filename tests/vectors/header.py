#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Headers of format 2, a second time: written from docs/format.md alone, without any code of the project.

    tests/vectors/header.py FOLDER     makes header.txt, which is kept in the repository; only to change it

Needs the Python package cryptography. The same values are in tests/unit/test_vault_header.c.
"""
import os
import sys

sys.dont_write_bytecode = True
from epochs import FIRST, SECOND, VAULT, box, commitment, mac, sha, subkey, u32  # noqa: E402
from genesis import DEVICE, RECOVERY, Signer, genesis, signed, statement  # noqa: E402
from keys import SECRET, wrap  # noqa: E402
from vault_members import blob16, u16, write_start  # noqa: E402

OTHER = bytes(range(100, 116))  # the recovery key of the second slot
NONE = bytes(32)


def items(l): return u16(len(l)) + b"".join(map(blob16, l))


def header(compatible, g, wraps, slots, starts):
    out = b"cloudseal-vault\n" + u16(2) + u32(0) + u32(compatible) + g + items(sorted(wraps)) + items(sorted(slots, key=sha)) + items(starts)
    size = 4096
    while size < len(out) + 32:
        size *= 2
    out += bytes(size - 32 - len(out))
    return out + sha(out)


def later_box(v, cipher, root, number, to):
    proof = mac(subkey(FIRST, b"cloudseal root proof", v[16:]), u32(number) + root)
    return box(cipher, root, to, b"cloudseal epoch" + v + u32(number) + to.id, root + proof)


def cases():
    for cipher in 1, 2:
        device, recovery, second = Signer(DEVICE, 1), Signer(RECOVERY, 2), Signer(RECOVERY, 3)
        first_wrap = wrap(cipher, recovery, 2, SECRET, NONE)
        recovery.wrap = sha(first_wrap)
        g = genesis(cipher, device, [recovery])
        v = VAULT + sha(g)
        yield {"cipher": bytes([cipher]), "genesis": sha(g), "secret": SECRET, "slot": recovery.id, "claims": b"",
               "header": header(0, signed(g, [recovery, device]), [first_wrap], [], [])}
        # a second slot, with boxes of both roots, and an epoch that was begun for both slots
        second_wrap = wrap(cipher, second, 3, OTHER, sha(g))
        start = write_start({"number": 2, "causes": [], "commitment": commitment(SECOND, 2), "slots": sorted(
            (s.id, later_box(v, cipher, SECOND, 2, s)) for s in (recovery, second))})
        epoch = sha(b"cloudseal epoch\0" + start)
        root = b"cloudseal root" + VAULT + commitment(FIRST, 1)
        slot = statement(sha(g), device, 5, {
            "who": [3, RECOVERY, second.sign_key, second.box_key, sha(second.mix)], "wrap": sha(second_wrap), "replaces": bytes(16),
            "pin": (0, NONE), "boxes": [(1, sha(g), box(cipher, FIRST, second, root, FIRST)), (2, epoch, later_box(v, cipher, SECOND, 2, second))]})
        whole = header(0x80000001, signed(g, [recovery, device]), [first_wrap, second_wrap], [slot], [start])
        for secret, who in (SECRET, recovery), (OTHER, second):
            yield {"cipher": bytes([cipher]), "genesis": sha(g), "secret": secret, "slot": who.id, "claims": epoch, "header": whole}


def write(folder):
    with open(os.path.join(folder, "header.txt"), "w") as f:
        f.write("# Headers, what opens them, and which epoch 2 they claim. Lines are \"name = hexadecimal\"; a blank line ends a case.\n")
        for case in cases():
            f.write("\n" + "".join(f"{name} = {value.hex()}\n" for name, value in case.items()))


if __name__ == "__main__":
    write(sys.argv[1])
