/* SPDX-License-Identifier: MIT */
#include "sync/left.h"

#include "sync/core/epoch.h"
#include "sync/core/sync_struct.h"
#include "vault/changeset/changeset.h"
#include "vault/changeset/published.h"
#include "vault/join/shared.h"
#include "vault/join/shared_key.h"
#include "vault/objects/commit.h"
#include "vault/objects/pack.h"

#include <sys/stat.h>

struct looking {
	struct sync *s;
	struct ino_set inos;
	bool more;
};

/* note: the inode of a shared key. */
static err_t note(void *ctx, struct span key, struct span value)
{
	struct looking *l = ctx;
	struct shared_name n;
	(void)value;
	if (shared_key_parse(key, &n))
		return ERR_OK; /* of no inode */
	if (l->inos.n >= LEFT_MOST && !ino_set_has(&l->inos, n.ino)) {
		l->more = true;
		return ERR_CANCELED;
	}
	ino_set_add(&l->inos, n.ino);
	return ERR_OK;
}

/* open_part: a part of an own commit, under whichever epoch it was sealed. */
static err_t open_part(const struct looking *l, const char *name, struct span sealed, struct buf *plain)
{
	err_t e = ERR_NOTFOUND;
	for (uint32_t i = keyring_epoch(l->s->c.keyring); e && i; i--) {
		cleanup(epoch_wipe) struct epoch epoch = { 0 };
		struct hash hash;
		uint8_t sig[SIG_LEN];
		e = epoch_open(l->s->c.keyring, i, &epoch);
		struct object_place at = epoch_place(&epoch, OBJECT_COMMIT, name);
		buf_clear(plain);
		if (!e)
			e = object_open(&at, sealed, plain, &hash, sig);
	}
	return e;
}

static err_t note_part(struct looking *l, const char *name, struct span sealed)
{
	cleanup(buf_wipe_free) struct buf plain = BUF_INIT;
	cleanup(commit_free) struct commit c = { 0 };
	err_t e = open_part(l, name, sealed, &plain);
	if (!e)
		e = commit_decode(buf_span(&plain), &c);
	return e ? e : pack_read(c.pack, note, l);
}

/* queued_visit: an object that waits; those of commits are opened. */
static int queued_visit(void *ctx, struct span key, struct span value)
{
	struct looking *l = ctx;
	const size_t head = 1 + sizeof(uint64_t);
	const uint8_t *k = key.p;
	char name[OBJECT_NAME];
	if (key.len <= head || key.len - head >= sizeof(name))
		return 0;
	const uint8_t class = k[head - 1];
	if (class != CLASS_PART && class != CLASS_COMMIT)
		return 0;
	memcpy(name, k + head, key.len - head);
	name[key.len - head] = 0;
	if (!value.p || note_part(l, name, value))
		l->more = true;
	return l->inos.n >= LEFT_MOST ? MAP_STOP : 0;
}

/* is_file: a record of it says what it is; what nobody says is counted. */
static bool is_file(const struct looking *l, uint64_t ino)
{
	const struct changeset *c = l->s->at.changeset;
	const struct view published = published_view(l->s->c.map);
	const struct view *views[] = { &published, &c->sets[0].view, &c->sets[1].view };
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		struct shared_inode x;
		if (shared_place(views[i], ino, &x))
			continue;
		const bool dir = S_ISDIR((unsigned)x.head.type << 12);
		shared_inode_free(&x);
		return !dir;
	}
	return true;
}

static uint64_t count_files(const struct looking *l)
{
	uint64_t files = 0;
	for (size_t i = 0; i < l->inos.cap; i++)
		files += l->inos.v[i] && is_file(l, l->inos.v[i]);
	return files;
}

void sync_left(struct sync *s, struct left *ret)
{
	static const uint8_t queued = QUEUE_OBJECT;
	struct looking l = { .s = s, .inos = INO_SET_INIT };
	*ret = (struct left){ 0 };
	if (!s->at.changeset)
		return;
	for (int i = 0; i < 2; i++) {
		const struct view *set = &s->at.changeset->sets[i].view;
		l.more |= set->scan(set->ctx, SPAN(NULL, 0), SPAN(NULL, 0), note, &l) != ERR_OK;
	}
	l.more |= map_scan(s->c.map, MAP_QUEUE, SPAN(&queued, 1), SPAN(NULL, 0), queued_visit, &l) != ERR_OK;
	*ret = (struct left){ .files = count_files(&l), .more = l.more || l.inos.all };
	ino_set_free(&l.inos);
}
