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

/* A configuration with strings of its own. */
#define TEXTS 8
struct own_config {
	struct store_config c;
	char *text[TEXTS];
};

static void own_free(void *ctx)
{
	struct own_config *own = ctx;
	for (size_t i = 0; i < TEXTS; i++)
		free(own->text[i]);
	free(own);
}

static struct own_config *own_copy(const struct store_config *c)
{
	struct own_config *own = calloc(1, sizeof(*own));
	if (!own)
		return NULL;
	own->c = *c;
	const char **const at[TEXTS] = { &own->c.url,        &own->c.endpoint, &own->c.region, &own->c.profile,
		                         &own->c.addressing, &own->c.ca_file,  &own->c.user,   &own->c.pass_file };
	for (size_t i = 0; i < TEXTS; i++) {
		if (*at[i] && !(own->text[i] = strdup(*at[i]))) {
			own_free(own);
			return NULL;
		}
		*at[i] = own->text[i];
	}
	return own;
}

static err_t open_own(void *ctx, struct store **ret, struct why *why)
{
	return open_backend(&((struct own_config *)ctx)->c, ret, why);
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
	struct own_config *own = own_copy(c);
	if (!own)
		return ERR_NOMEM;
	why_set(ret_lacks, e, "%s", lacks.text[0] ? lacks.text : err_text(e));
	return layered(store_late_new(&(struct late_config){ open_own, own_free, own }), c, ret);
}
