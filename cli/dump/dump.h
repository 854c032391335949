/* SPDX-License-Identifier: MIT
 * What a vault's header, records and commits say, as JSON, for people and programs that look for a fault. Never a
 * secret: keys, seeds and roots are "(secret)", contents of files are not shown.
 */
#pragma once

#include "cli/vaults/vaults.h"
#include "vault/keys/keyring.h"

#include <jansson.h>

struct dump_stop;
struct fs;
struct map;
/* What is listed ends when it has this many bytes: the daemon's answer must stay under CONTROL_ANSWER_MAX. */
#define DUMP_BYTES_MAX (512u << 10)
/* What of an unlocked vault is looked at. */
struct dump_source {
	struct map *map;
	struct fs *fs; /* whoever works on the map; NULL: nobody */
	const struct keyring *keyring;
	struct store_config store; /* opened for a commit alone; strings stay the caller's */
	struct dump_stop *stop;    /* ends a dump that waits for the store; NULL: nobody does */
};
enum dump_what {
	DUMP_ALL,
	DUMP_HEADER,
	DUMP_COUNTS,
	DUMP_RECORD,
	DUMP_COMMIT,
	DUMP_CHANGESET,
	DUMP_INDEX,
	DUMP_HEAD,
	DUMP_MANIFEST
};
/* dump_find: "" is all. ERR_INVAL with a sentence that lists them. */
MUST_CHECK err_t dump_find(const char *name, enum dump_what *ret, struct why *why);
/* dump_header: of the copy in the state directory, which needs no secret. */
MUST_CHECK err_t dump_header(const struct vault_dir *v, json_t **ret, struct why *why);
/* dump_takes_more: whether something may be said behind it. */
bool dump_takes_more(enum dump_what what);
/* dump_unlocked: all but the header; `which` is the record's key, the commit's number, the head's or manifest's stream.
 */
MUST_CHECK err_t dump_unlocked(const struct dump_source *s, enum dump_what what, const char *which, json_t **ret,
                               struct why *why);
