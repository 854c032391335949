/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_pins.h"

#include "fs/fs.h"
#include "util/cleanup.h"

#include <string.h>

static json_t *refuse(int err, const char *what)
{
	static const struct {
		int err;
		err_t e;
	} map[] = {
		{ ENOENT, ERR_NOTFOUND }, { EINVAL, ERR_INVAL },       { EBUSY, ERR_BUSY },
		{ ENOTCONN, ERR_NET },    { ECANCELED, ERR_CANCELED }, { ENOMEM, ERR_NOMEM },
		{ EAGAIN, ERR_BUSY },     { ENOSPC, ERR_NOSPACE },     { EIO, ERR_DAMAGED },
	};
	struct why why = { 0 };
	err_t e = ERR_IO;
	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if (map[i].err == err)
			e = map[i].e;
	size_t n = strlen(what); /* ends in a space where the reason is to follow */
	why_set(&why, e, "%s%s", what, !n || what[n - 1] == ' ' ? strerror(err) : "");
	return control_answer_error(e, &why);
}

static json_t *space_of(const struct fs_space *s, enum fs_pin_state pin)
{
	static const char *const words[] = { "no", "yes", "above" };
	return json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "pin", words[pin], "files", (json_int_t)s->files,
	                 "directories", (json_int_t)s->dirs, "bytes", (json_int_t)s->bytes, "cached_bytes",
	                 (json_int_t)s->cached, "remote_bytes", (json_int_t)s->remote, "dirty_bytes",
	                 (json_int_t)s->dirty, "pinned_bytes", (json_int_t)s->pinned);
}

json_t *mounted_vault_space(struct mounted_vault *v, uint64_t ino)
{
	struct fs_space s;
	enum fs_pin_state pin;
	int err = fs_pin_state(v->fs, ino, &pin);
	if (!err)
		err = fs_space(v->fs, ino, &s);
	return err ? refuse(err, "") : json_pack("{s:b,s:o}", "ok", 1, "space", space_of(&s, pin));
}

/* What a person is told while a pin is fetched. */
struct pin_progress {
	struct control_peer *peer;
	uint64_t done, total;
	int64_t told; /* mono */
};

static bool more(void *ctx, uint64_t bytes)
{
	struct pin_progress *p = ctx;
	int64_t now = clock_mono();
	p->done += bytes;
	p->total = MAX(p->total, p->done);
	if (now - p->told < NS_PER_S / 5)
		return true;
	p->told = now;
	return control_send(p->peer, json_pack("{s:{s:I,s:I}}", "progress", "done", (json_int_t)p->done, "total",
	                                       (json_int_t)p->total));
}

static const char *left_words(int err)
{
	switch (err) {
	case ENOTCONN:
		return "is pinned; what is missing is fetched when the cloud can be reached";
	case EIO:
		return "is pinned, but something in it is damaged or missing in the cloud (cloudseal status tells)";
	default:
		return "is pinned, but not all of it could be fetched: ";
	}
}

json_t *mounted_vault_pin(struct mounted_vault *v, uint64_t ino, struct control_peer *peer)
{
	struct fs_space s;
	struct fs_stats st = { 0 };
	enum fs_pin_state pin;
	int err = fs_pin(v->fs, ino);
	if (err)
		return refuse(err,
		              err == EINVAL ? "neither a directory nor a regular file: only these can be pinned" : "");
	err = fs_space(v->fs, ino, &s);
	struct pin_progress p = { .peer = peer, .total = err ? 0 : s.remote };
	if (!err)
		err = fs_fetch_tree(v->fs, ino, more, &p);
	if (!err)
		err = fs_pin_state(v->fs, ino, &pin);
	if (!err)
		err = fs_space(v->fs, ino, &s);
	if (err)
		return refuse(err, left_words(err));
	fs_stats(v->fs, &st);
	return json_pack("{s:b,s:o,s:I}", "ok", 1, "space", space_of(&s, pin), "limit", (json_int_t)st.cache_limit);
}

json_t *mounted_vault_unpin(struct mounted_vault *v, uint64_t ino)
{
	int err = fs_unpin(v->fs, ino);
	if (err)
		return refuse(err, err == EBUSY ? "a directory above it is pinned: unpin that" : "");
	return control_answer_ok();
}
