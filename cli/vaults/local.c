/* SPDX-License-Identifier: MIT */
#include "cli/vaults/local.h"

#include "util/cleanup.h"

#include <string.h>
#include <sys/stat.h>

err_t local_open(const struct vault_dir *v, const struct key *secret, bool fresh, struct map **ret, struct why *why)
{
	char dir[PATH_MAX + 8];
	if (mkdirat(v->fd, "map", 0700) && (errno != EEXIST || fresh))
		return why_set(why, ERR_IO, "%.300s/map: %s", v->path, strerror(errno));
	snprintf(dir, sizeof(dir), "%s/map", v->path);
	struct map_config c = { .dir = dir, .key = secret };
	struct why inner = { 0 };
	err_t e = map_open(&c, ret, &inner);
	if (e == ERR_WRONGKEY) /* the local secret is proven, so it was no wrong one */
		return why_set(
		        why, ERR_DAMAGED,
		        "local state: %.200s/map is damaged or another vault's: forget this vault here and join again",
		        v->path);
	if (e)
		return why_set(why, e, "%s", inner.text[0] ? inner.text : err_text(e));
	return ERR_OK;
}

void local_map_close(struct map **m)
{
	if (*m && map_close(*m))
		fprintf(stderr, "cloudseal: the local state could not be written completely\n");
	*m = NULL;
}

err_t local_header(const struct vault_dir *v, struct header *ret, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = vaults_read(v, "header", HEADER_MAX, &b, why);
	return e ? e : header_decode(buf_span(&b), ret, why);
}

err_t local_header_wanted(const struct vault_dir *v, struct header *ret, struct why *why)
{
	struct why inner = { 0 };
	err_t e = local_header(v, ret, &inner);
	if (e == ERR_NOTFOUND || e == ERR_DAMAGED)
		return why_set(why, e,
		               "%.200s/header is missing or damaged: cloudseal mount %s makes it anew from the cloud; "
		               "then try again",
		               v->path, v->name);
	if (e)
		return why_set(why, e, "%s", inner.text[0] ? inner.text : err_text(e));
	return ERR_OK;
}

err_t local_save_header(const struct vault_dir *v, const struct header *h, struct why *why)
{
	cleanup(buf_free) struct buf b = BUF_INIT;
	err_t e = header_encode(h, &b);
	return e ? e : vaults_write(v, "header", buf_span(&b), why);
}

struct local_at local_of(const struct header *h)
{
	return (struct local_at){ h->g.vault, h->genesis_hash, h->g.cipher };
}
