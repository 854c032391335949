/* SPDX-License-Identifier: MIT
 * The composition: a backend by its URL, the throttle around it, the retry layer around both.
 */
#include "remote/open.h"

#include "remote/backends/dav.h"
#include "remote/backends/dir.h"
#include "remote/backends/s3.h"
#include "remote/layers/late.h"
#include "remote/layers/throttle.h"
#include "remote/place/url.h"
#include "util/cleanup.h"

#include <string.h>

static err_t open_backend(const struct store_config *c, struct store **ret, struct why *why)
{
	struct url u;
	err_t e = url_parse(c->url, &u, why);
	if (e)
		return e;
	switch (u.scheme) {
	case URL_DIR:
		return store_dir_open(u.path, ret, why);
	case URL_S3:
		return store_s3_open(c, ret, why);
	default:
		return store_dav_open(c, ret, why);
	}
}

/* layered: throttle and retry around a backend, which it takes over; NULL is no memory. */
static err_t layered(struct store *backend, const struct store_config *c, struct store **ret)
{
	struct store *s = store_retry_new(store_throttle_new(backend, c->up, c->down), c->max_wait_ms);
	if (!s)
		return ERR_NOMEM;
	*ret = s;
	return ERR_OK;
}

err_t store_open(const struct store_config *c, struct store **ret, struct why *why)
{
	struct store *s;
	err_t e = store_parse(c, why);
	if (!e)
		e = open_backend(c, &s, why);
	return e ? e : layered(s, c, ret);
}

static void own_free(void *ctx)
{
	store_config_free(ctx);
}

static err_t open_own(void *ctx, struct store **ret, struct why *why)
{
	return open_backend(&((struct store_config_own *)ctx)->c, ret, why);
}

err_t store_open_late(const struct store_config *c, struct store **ret, struct why *ret_lacks, struct why *why)
{
	struct why lacks = { 0 };
	err_t e = store_parse(c, why);
	if (e)
		return e;
	e = store_open(c, ret, &lacks);
	if (!e || e == ERR_NOMEM)
		return e;
	struct store_config_own *own = store_config_copy(c);
	if (!own)
		return ERR_NOMEM;
	why_set(ret_lacks, e, "%s", lacks.text[0] ? lacks.text : err_text(e));
	return layered(store_late_new(&(struct late_config){ open_own, own_free, own }), c, ret);
}
