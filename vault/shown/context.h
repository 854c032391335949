/* SPDX-License-Identifier: MIT
 * What an inode is judged by: shared records, and the local records that belong to them.
 */
#pragma once

#include "crypto/crypto.h"
#include "vault/join/view.h"
#include "vault/shown/claims.h"
#include "vault/shown/shown_key.h"
#include "vault/shown/u64s.h"

struct context_dir { /* an answer of dirs.h */
	uint64_t ino;
	bool known, is, removed;
};
struct context_path; /* alone.h */
/* What is kept of answers is right as long as the shared records stay as they are. */
struct context {
	const struct view *shared, *local;
	const struct namehash *hash;
	bool settled;              /* the local records are up to date with the shared ones */
	struct context_dir *last;  /* of the directory that was asked for last; NULL: nothing is kept */
	struct context_path *path; /* of the version that was asked for last; likewise */
};
/* context_has: is there a local record with this key, or one that begins with it? */
/* context_there: is there one with this key, which is whole? */
MUST_CHECK err_t context_there(const struct context *c, struct shown_key key, bool *ret);
MUST_CHECK err_t context_has(const struct context *c, struct shown_key key, bool *ret);
/* context_numbers: number `i` of the key of each local record that begins with `prefix`, ascending, without repetitions
 * that follow each other; behind what `ret` holds, which the caller frees. */
MUST_CHECK err_t context_numbers(const struct context *c, struct shown_key prefix, unsigned i, struct u64s *ret);
/* context_claims: those of one bucket; context_cluster_claims: of all buckets of a cluster (shown_key.h);
 * context_all_claims: of a directory. Behind what `ret` holds; none is fine. */
MUST_CHECK err_t context_claims(const struct context *c, uint64_t dir, uint64_t hash, struct claims *ret);
MUST_CHECK err_t context_cluster_claims(const struct context *c, uint64_t dir, uint64_t hash, struct claims *ret);
MUST_CHECK err_t context_all_claims(const struct context *c, uint64_t dir, struct claims *ret);
/* context_united: what MEMBERS says of `dir`; none is fine. context_members: the directories that it is united with,
 * the identity first; itself alone. */
MUST_CHECK err_t context_united(const struct context *c, uint64_t dir, struct u64s *ret);
MUST_CHECK err_t context_members(const struct context *c, uint64_t dir, struct u64s *ret);
/* context_subdirs: how many names in it directories claim. */
MUST_CHECK err_t context_subdirs(const struct context *c, uint64_t dir, uint64_t *ret);
/* context_hangs: where HANGS says that a directory is. ERR_NOTFOUND: where its record says. */
MUST_CHECK err_t context_hangs(const struct context *c, uint64_t dir, uint64_t *ret, bool *is_void);
/* context_bucket: the hash of a name. */
MUST_CHECK err_t context_bucket(const struct context *c, const struct name *name, uint64_t *ret);
