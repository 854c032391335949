/* SPDX-License-Identifier: MIT */
#include "cli/dump/dump_index.h"

#include "cache/map.h"
#include "cli/dump/dump_which.h"
#include "cli/dump/json_fields.h"
#include "fs/fs.h"
#include "util/cleanup.h"
#include "vault/changeset/changeset.h"
#include "vault/objects/applied.h"
#include "vault/print/key_text.h"
#include "vault/shown/check.h"
#include "vault/work/index.h"

#include <string.h>

/* check_locked: of a map that nobody works on. */
static err_t check_locked(const struct dump_source *s, struct shown_checked *ret, struct why *why)
{
	struct hash own;
	cleanup(changeset_freep) struct changeset *c = NULL;
	struct shown_index index = { .map = s->map };
	const struct view local = index_view(&index);
	err_t e = map_has(s->map, MAP_STATE, span_str(STATE_SHOWN));
	if (e == ERR_NOTFOUND)
		return why_set(why, e, "there is no index: the next mount makes it");
	if (!e)
		e = dump_which_stream(s->map, "", &own, why);
	if (!e)
		e = changeset_open(s->map, applied_stream(own), &c);
	return e ? e : shown_check(changeset_shown(c), &local, keyring_namehash(s->keyring), ret);
}

static err_t check(const struct dump_source *s, struct shown_checked *ret, struct why *why)
{
	if (!s->fs)
		return check_locked(s, ret, why);
	int err = fs_check_shown(s->fs, ret);
	return err ? why_set(why, ERR_DAMAGED, "the records cannot be read: %s", strerror(err)) : ERR_OK;
}

static void show(const struct fields *f, const struct shown_checked *c)
{
	static const char *const words[] = {
		[SHOWN_FINE] = "none",
		[SHOWN_LACKS] = "a record is not there",
		[SHOWN_MORE] = "a record is there that should not",
		[SHOWN_OTHER] = "a record says something else than it should",
	};
	char key[KEY_TEXT_MAX];
	fields_number(f, "records", c->records);
	fields_number(f, "should_be", c->wanted);
	fields_flag(f, "right", c->found == SHOWN_FINE);
	fields_word(f, "difference", words[c->found]);
	if (c->found == SHOWN_FINE)
		return;
	key_text_format(buf_span(&c->key), key);
	fields_word(f, "key", key);
}

err_t dump_index(const struct dump_source *s, json_t **ret, struct why *why)
{
	cleanup(shown_checked_free) struct shown_checked c = { 0 };
	struct json_fields j;
	err_t e = check(s, &c, why);
	if (e)
		return e;
	json_fields_begin(&j);
	show(&j.f, &c);
	*ret = json_fields_end(&j);
	return *ret ? ERR_OK : ERR_NOMEM;
}
