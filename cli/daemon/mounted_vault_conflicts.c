/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_conflicts.h"

#include "cli/daemon/mounted_vault_naming.h"
#include "cli/daemon/status_words.h"
#include "cli/ui/escape.h"
#include "util/cleanup.h"

#include <string.h>
#include <sys/stat.h>

#define SHOWN_BYTES_MAX (512u << 10) /* the answer must stay under CONTROL_ANSWER_MAX */
#define ESCAPED 8                    /* of a byte at most: \\\\xHH and two digits, or \\u00HH */
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

/* set_name: entry[key], under `prefix`. */
static int set_name(json_t *entry, const char *key, const char *prefix, struct span name)
{
	cleanup(buf_free) struct buf text = BUF_INIT;
	buf_put(&text, prefix, strlen(prefix));
	buf_put(&text, name.p, name.len);
	buf_u8(&text, 0);
	return text.failed ? -1 : escape_set(entry, key, (const char *)text.p);
}

static json_t *entry(struct listed *l, const struct work_conflict *c)
{
	char device[CONFLICT_WHO];
	mounted_vault_device(l->v->map, c->stream, device);
	json_t *j = json_pack("{s:n,s:s,s:n,s:s?,s:b,s:o,s:o}", "path", "type", kind_word(c->type), "name", "beside",
	                      c->holder ? kind_word(c->holder_type) : NULL, "version", c->version, "device",
	                      escape_json(device), "when", status_json_time(c->time * NS_PER_S));
	if (!j || set_name(j, "path", l->v->mount_point, c->path) || set_name(j, "name", "", c->name)) {
		json_decref(j);
		return NULL;
	}
	return j;
}

static err_t add(void *ctx, const struct work_conflict *c)
{
	struct listed *l = ctx;
	l->n++;
	l->bytes += ENTRY_BYTES + ESCAPED * (strlen(l->v->mount_point) + c->path.len + c->name.len);
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
