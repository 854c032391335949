/* SPDX-License-Identifier: MIT
 * last.json in the state directory: what can be said of a vault whose keys are not here. Written when it is mounted
 * ("open") and when it is locked (how much was left to upload). Public; nothing depends on it but words and `forget`.
 */
#pragma once

#include "cli/vaults/vaults.h"

struct last {
	bool open;        /* mounted, or its daemon was killed */
	bool saved;       /* at lock: all of it was on the store (sync/saved.h) */
	bool unpublished; /* changes in no commit yet */
	uint64_t objects, bytes;
	uint64_t files;  /* sync/left.h; 0 also where it was not counted */
	bool more;       /* than these */
	uint64_t alarms; /* that were open */
	char alarm[256]; /* one of them in words; "" */
	char lacks[128]; /* words for what the store was known to have lost; "" */
	char mount_point[PATH_MAX];
};
/* last_write: atomic, durable. */
MUST_CHECK err_t last_write(const struct vault_dir *v, const struct last *l, struct why *why);
/* last_read: a missing or malformed file is "open", one that does not say "saved" is not: the cautious answers. */
void last_read(const struct vault_dir *v, struct last *ret);
/* last_pending: something may not be on the store. */
bool last_pending(const struct last *l);
/* last_words: the same for people. last_said: and what becomes of it. last_known: what was known to be wrong with it;
 * "": nothing. */
void last_words(const struct last *l, char *out, size_t n);
void last_said(const struct last *l, char *out, size_t n);
void last_known(const struct last *l, char *out, size_t n);
