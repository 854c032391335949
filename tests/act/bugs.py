"""Seeded bugs of the C code of format 2: one place changed each, with what the driver must be told to meet it. seeded.py tries them."""
from collections import namedtuple

Bug = namedtuple("Bug", "what file old new options")

PLAIN, MAP, INDEX = (), ("--map",), ("--index", "--map")


def bug(what, file, old, new, options=PLAIN):
    return Bug(what, f"vault/{file}.c", old, new, options)


JOIN = [
    bug("last to arrive wins", "join/group_join", "group_copy(out, c < 0 ? b : a);", "group_copy(out, b);"),
    bug("a removal stays when a move beats it", "join/group_join",
        "a->class == GROUP_VALUE || a->class == GROUP_SCOPED ? stamp_cmp", "a->class == GROUP_VALUE ? stamp_cmp"),
    bug("a version comes after its mark", "join/fold", "e = gather_gone(f);", "e = ERR_OK;"),
    bug("what is gone stays a sibling too", "join/fold", "live ? buf_span(&x->value) : SPAN(NULL, 0));", "x != first ? buf_span(&x->value) : SPAN(NULL, 0));"),
]

DELIVERY = [
    bug("publishing puts, and does not join", "changeset/publish", "join_apply(published, said, &changes)", "records_add_all(&changes, said)", MAP),
    bug("delivering puts, and does not join", "changeset/deliver", "join_apply(&c->shown.published, d->records, &a.changes)",
        "records_add_all(&a.changes, d->records)", MAP),
    bug("what an operation takes back stays said", "changeset/operation", "return said_del(y->o->c->open, y->batch, records_key(was));", "return ERR_OK;", MAP),
    bug("what is published is not shown where something is said", "changeset/joined", "if (!e)\n\t\te = add(&j->published, key, &value);", "", MAP),
    bug("versions that are published are not shown where some are said", "changeset/joined_file", "err_t e = fold_join(published, &v, f->ino, &all);",
        "(void)v;\n\terr_t e = records_add_all(&all, said);", MAP),
]

TREE = [
    bug("a revived file comes with what was removed", "tree/live", "v[i].live = !v[i].taken && !was_seen(s, &v[i].id);", "v[i].live = !v[i].taken;"),
    bug("a removed directory hides the files in it", "tree/live", "d->shown = kept || d->alive || d->files.n;", "d->shown = kept || d->alive;"),
    bug("conflict names collide", "tree/losers", "taken = tfind(&try, &n->taken.root, cmp_name) != NULL;", "taken = false;"),
    bug("of a cycle the first goes back, not the last", "tree/hang", "int c = stamp_cmp(a->stamp, b->stamp);", "int c = stamp_cmp(b->stamp, a->stamp);"),
    bug("a void move: always to the root", "tree/hang", "at = turn->moved ? fall_back(f, turn->node) : NODE_LOST;", "at = turn->moved ? NODE_ROOT : NODE_LOST;"),
    bug("the smallest root has the name", "tree/index", "c = version_id_cmp(b->root, a->root);", "c = version_id_cmp(a->root, b->root);"),
    bug("the link that was removed first is shown", "tree/live", "c = stamp_cmp(l->removed_at, best->removed_at);", "c = stamp_cmp(best->removed_at, l->removed_at);"),
    bug("a file with siblings is hidden as equal", "tree/equal", "n->file.live_n && n->file.shown_n == 1", "n->file.live_n && n->file.shown_n"),
    bug("two versions of one branch become one copy", "tree/copy", "alone |= version_id_cmp(w->root, v->root) == 0 && version_id_cmp(w->id, v->id) != 0;", "(void)w;"),
    bug("what a remover saw stays in a copy", "tree/inherit", "v->taken = inherit_takes(t, &path, v);", ""),
    bug("a moved copy goes with its file", "tree/inherit", "l->lid == LID_FIRST && stamp_cmp(l->life, life) == 0 &&", "l->lid == LID_FIRST && life.lamport &&"),
    bug("seats do not count how often they were handed on", "tree/fill", "(y->seat.handed_on > x->seat.handed_on) - (y->seat.handed_on < x->seat.handed_on)", "0"),
]

SHOWN = [
    bug("what is bound to a link stays when it gets a life", "shown/homes", "e = add_bound(u, inos->v[i], &bound);", "e = false ? add_bound(u, inos->v[i], &bound) : ERR_OK;", INDEX),
    bug("what is in united directories is not united", "shown/unions", "if (e == ERR_OK)\n\t\te = push_subdirs(u, members.v, members.n, work);", "", INDEX),
    bug("a cycle that is broken up leaves its directories where they were", "shown/cycles", "(before.n || circle)", "circle", INDEX),
    bug("a revived member gives the identity", "shown/unions", "c = a->revived - b->revived;", "c = 0;", INDEX),
    bug("a removed directory with its first child is not looked at", "shown/names", "if (e == ERR_OK && !before != !claims.n && c->dir != INO_ROOT)",
        "if (e == ERR_OK && before && !claims.n && c->dir != INO_ROOT)", INDEX),
    bug("versions that appear do not make a name special", "shown/names", "if (unit->before.shown_n == unit->after.shown_n)", "if (unit->before.shown_n <= unit->after.shown_n)", INDEX),
    bug("a copy is not looked at when its file is removed", "shown/homes", "e = list_split(u, inos, &homes);", "e = ERR_OK;", INDEX),
    bug("nor when what came over its file moves", "shown/homes", "e = list_split(u, &bound, &homes);", "e = ERR_OK;", INDEX),
    bug("what a remover saw stays in a copy that is looked at alone", "shown/alone", "v->taken = inherit_takes(l->t, &path, v);", "", INDEX),
    bug("a replacement holds for a directory whatever came of what came", "shown/dirs", "*ret = stamp_cmp(l.life, p->life) == 0;", "*ret = true;", INDEX),
]

ACT = [
    bug("nothing is settled", "act/settle", "if (!first) {", "if (true) {"),
    bug("every removal is a last one", "act/removal", "if (f->links[i].live && f->links[i].lid != lid)", "if (false)"),
    bug("no root is handed on", "act/contents", "if (e == ERR_OK && on) {", "if (e == ERR_OK && f->shown_n > 100) {"),
    bug("no seat is handed on", "act/moves", "if (e == ERR_OK && x.seat.stamp.stream == a->stream)", "if (false)"),
    bug("void moves jump when a directory moves", "act/moves", "if (e == ERR_OK && was_dir)\n\t\te = lives_settle_voided(a);", ""),
    bug("no reaffirming", "act/lives", "if (e != ERR_OK || !revived)", "if (e != ERR_OK || !revived || revived)"),
    bug("a copy's place has a stamp of its own", "act/split", "struct stamp stamp = b->id.stamp;", "struct stamp stamp = act_tick(a);"),
    bug("a split forgets whose removal it knew", "act/split", "err_t e = heirs_kept(a, b->v, &l);", "err_t e = ERR_OK;"),
    bug("a taken copy comes back when its file moves", "act/lives", "e = heirs_confirm(a, f);", "e = ERR_OK;"),
    bug("a link brings back what was taken of a copy", "act/names", "e = lives_bury(a, x->ino);", "e = ERR_OK;"),
    bug("links of revived files jump", "act/lives", "if (links[i].depends)", "if (false)"),
    bug("an equal file is not made to live", "act/settle", "if (e == ERR_OK && x->hidden_n && stays)", "if (false)"),
    bug("what becomes equal vanishes", "act/settle", "if (x->ino != mine->ino && shows(x, tag))", "if (false)"),
    bug("equal siblings are not replaced", "act/versions", "if (id_eq(f->versions[i].id.tag, tag) && !version_set_add", "if (id_eq(f->versions[i].id.tag, tag) && !ret->n && !version_set_add"),
]

BUGS = [("join", JOIN), ("delivery", DELIVERY), ("derive: vault/tree", TREE), ("derive: vault/shown", SHOWN), ("operations: vault/act", ACT)]
