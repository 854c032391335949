/* SPDX-License-Identifier: MIT
 * The state directory. This build keeps no state on disk yet: a map with a directory is refused.
 */
#include "cache/internal.h"

err_t store_open(struct map *m, const struct map_config *c, struct why *why)
{
	(void)m;
	return why_set(why, ERR_INVAL, "%s: state on disk is not in this build", c->dir);
}

err_t store_replay(struct map *m, struct why *why)
{
	(void)m;
	return why_set(why, ERR_INVAL, "no log in this build");
}

void log_freep(struct log **l)
{
	*l = NULL;
}

err_t log_append(struct log *l, const struct overlay *older, const struct overlay *newer, uint64_t base_seq,
                 uint64_t upto)
{
	(void)l, (void)older, (void)newer, (void)base_seq, (void)upto;
	return ERR_NOSPACE; /* commit instead */
}
