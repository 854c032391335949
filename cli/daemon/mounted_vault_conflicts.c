/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_conflicts.h"

#include "cli/daemon/mounted_vault_naming.h"
#include "cli/daemon/status_words.h"
#include "util/cleanup.h"

#include <string.h>
#include <sys/stat.h>

#define SHOWN_BYTES_MAX (512u << 10) /* the answer must stay under CONTROL_ANSWER_MAX */
#define ENTRY_BYTES 300              /* of one, beside its path and name */

struct listed {
	struct mounted_vault *v;
	json_t *list;
	size_t bytes, n;
};

static const char *kind_word(uint8_t type)
{
	switch (type) {
	case S_IFDIR >> 12:
		return "directory";
	case S_IFREG >> 12:
		return "file";
	case S_IFLNK >> 12:
		return "symlink";
	default:
		return "special file";
	}
}

/* text_of: under `prefix`. */
static json_t *text_of(const char *prefix, struct span name)
{
	cleanup(buf_free) struct buf text = BUF_INIT;
	buf_put(&text, prefix, strlen(prefix));
	buf_put(&text, name.p, name.len);
	buf_u8(&text, 0);
	return text.failed ? NULL : status_json_text((const char *)text.p);
}

static json_t *entry(struct listed *l, const struct work_conflict *c)
{
	char device[CONFLICT_WHO];
	mounted_vault_device(l->v->map, c->stream, device);
	return json_pack("{s:o,s:s,s:o,s:s?,s:b,s:o,s:o}", "path", text_of(l->v->mount_point, c->path), "type",
	                 kind_word(c->type), "name", text_of("", c->name), "beside",
	                 c->holder ? kind_word(c->holder_type) : NULL, "version", c->version, "device",
	                 status_json_text(device), "when", status_json_time(c->time * NS_PER_S));
}

static err_t add(void *ctx, const struct work_conflict *c)
{
	struct listed *l = ctx;
	l->n++;
	l->bytes += ENTRY_BYTES + strlen(l->v->mount_point) + 6 * (c->path.len + c->name.len);
	if (l->bytes > SHOWN_BYTES_MAX)
		return ERR_OK;
	return json_array_append_new(l->list, entry(l, c)) ? ERR_NOMEM : ERR_OK;
}

json_t *mounted_vault_conflicts(struct mounted_vault *v, uint64_t ino)
{
	struct listed l = { .v = v, .list = json_array() };
	struct why why = { 0 };
	const uint64_t top = ino ? ino : INO_ROOT;
	int err = l.list ? fs_conflicts(v->fs, top, add, &l) : ENOMEM;
	if (err) {
		json_decref(l.list);
		why_set(&why, ERR_IO, "the conflicts cannot be listed: %s", strerror(err));
		return control_answer_error(err == ENOENT ? ERR_NOTFOUND : ERR_IO, &why);
	}
	return json_pack("{s:b,s:o,s:I}", "ok", 1, "conflicts", l.list, "total", (json_int_t)l.n);
}
