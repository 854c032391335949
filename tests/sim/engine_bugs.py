"""Seeded bugs of delivery as the engine does it; those of join, changesets and derivation are in tests/act/bugs.py."""
import os
import sys

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../act"))
from bugs import DELIVERY, JOIN, SHOWN, TREE, Bug  # noqa: E402


def bug(what, file, old, new):
    return Bug(what, f"{file}.c", old, new, ())


ENGINE = [
    bug("blocks of new segments are not known", "sync/deliver/deliver", "if (!changes->v[i]->gone)", "if (false)"),
    bug("the digest in memory does not follow", "sync/deliver/deliver", "s->st.digest = j->digest;", ""),
    bug("what is shown does not follow a commit of more than six records", "vault/changeset/deliver", "if (shown && shown->fn)",
        "if (shown && shown->fn && a->delivery->records->n <= 6)"),
    bug("the last entry of a vv is not waited for", "sync/deliver/ready", "for (size_t i = 0; !e && !waits && i < w->entries.n; i++)",
        "for (size_t i = 0; !e && !waits && i + 1 < w->entries.n; i++)"),
    bug("the commit before is not waited for", "sync/deliver/ready", "\tif (before.n)\n\t\te = lacks(", "\tif (!before.n)\n\t\te = lacks("),
    bug("each fourth commit of a stream is not remembered as applied", "sync/deliver/deliver", "past_remember(&o, &claim,",
        "if (claim.at.n % 4)\n\t\tpast_remember(&o, &claim,"),
    bug("only the first part of a commit is joined", "sync/deliver/deliver", "for (size_t i = 0; !e && i < p->n; i++)", "for (size_t i = 0; !e && i < MIN(p->n, 1); i++)"),
    bug("a round publishes one part of what was closed", "sync/publish/publish", "while (!e) {", "if (!e) {"),
    bug("lamport does not follow what arrives", "vault/changeset/deliver", "changeset_saw(a->c, a->delivery->lamport);", ""),
    bug("where a stream ends is not put down", "sync/deliver/deliver", "place_put(&o, &j->place);", ""),
    bug("a commit that waits for the store counts as saved", "sync/core/queue", "q->items[i].kind == QUEUE_SEGMENT || q->items[i].kind == QUEUE_OBJECT)",
        "q->items[i].kind == QUEUE_SEGMENT)"),
]

BUGS = [("join", JOIN), ("delivery: changesets", DELIVERY), ("delivery: engine", ENGINE), ("derive: vault/tree", TREE), ("derive: vault/shown", SHOWN)]
