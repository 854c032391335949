/* SPDX-License-Identifier: MIT
 * Whether what this device stands on is still on the store. A newcomer needs it, and who wrote it may be gone: what
 * another device's stream lacks there is given to newcomers in a checkpoint. Own commits are PUT again.
 */
#include "sync/history/store_audit.h"

#include "sync/core/sync_struct.h"
#include "sync/publish/repair.h"

/* audit_covered: it lies below a checkpoint, from which everyone can begin. */
static bool audit_covered(struct sync *s, const struct stream *st)
{
	const struct commit_record *n = commits_find(s, st->applied.hash);
	if (st->applied.n <= st->covered)
		return true;
	if (!n)
		n = commits_find(s, s->st.base); /* forgotten: it is not above this */
	return n && s->st.announced.epoch && !s->st.announced_n && n->height <= s->st.announced.height;
}

void store_audit_note(struct sync *s, uint64_t height, struct ops *o)
{
	for (size_t i = 0; s->st.announced.height < height && i < s->streams.n; i++) {
		struct stream *st = &s->streams.list[i], next = *st;
		if (st->applied.n <= st->covered || id_eq(st->id, s->c.stream) || !audit_covered(s, st))
			continue;
		next.covered = st->applied.n;
		if (o)
			state_put_stream(o, &next);
		else
			*st = next;
	}
}

/* audit_get: one byte of it. Whose record is not known any more may be of any epoch. */
static err_t audit_get(struct sync *s, const struct stream *st)
{
	const struct commit_record *n = commits_find(s, st->applied.hash);
	uint32_t epoch = n ? n->epoch : 1, newest = n ? n->epoch : keyring_claimed(s->c.keyring);
	err_t e = ERR_NOTFOUND;
	for (; e == ERR_NOTFOUND && epoch <= newest; epoch++) {
		cleanup(buf_free) struct buf byte = BUF_INIT;
		char name[OBJECT_NAME];
		e = name_commit(s->c.keyring, epoch, st->id, st->applied.n, 0, name);
		if (!e)
			e = store_get_sync(s->c.store, name, 0, 1, 1, &byte);
	}
	return e;
}

static err_t audit_probe(struct sync *s, const struct stream *st, bool *ret_lost)
{
	err_t e = audit_get(s, st);
	*ret_lost = e == ERR_NOTFOUND;
	return e == ERR_NOTFOUND || sync_unproved(e) ? ERR_OK : e;
}

static err_t audit_other(struct sync *s, const struct stream *st)
{
	bool lost = false;
	char id[ID_TEXT];
	if (!st->applied.n || s->checkpoint.wanted || audit_covered(s, st))
		return ERR_OK;
	err_t e = audit_probe(s, st, &lost);
	if (e || !lost)
		return e;
	id_hex(st->id, id);
	sync_alarm(s, "the store lost commit %llu of stream %.8s, which is part of the vault: a checkpoint follows",
	           (unsigned long long)st->applied.n, id);
	s->checkpoint.wanted = true;
	return ERR_OK;
}

err_t store_audit_run(struct sync *s)
{
	bool lost = false;
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < s->streams.n && !sync_stopping(s); i++) {
		const struct stream *st = &s->streams.list[i];
		if (!id_eq(st->id, s->c.stream))
			e = audit_other(s, st);
		else if (s->st.confirmed && s->st.confirmed == st->applied.n)
			e = audit_probe(s, st, &lost);
	}
	return e || !lost ? e : upload_repair(s);
}
