/* SPDX-License-Identifier: MIT
 * The composition: a backend by its URL, the throttle around it, the retry layer around both.
 */
#include "remote/open.h"

#include "remote/backends/dav.h"
#include "remote/backends/dir.h"
#include "remote/backends/s3.h"
#include "remote/layers/throttle.h"
#include "remote/place/url.h"

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

err_t store_open(const struct store_config *c, struct store **ret, struct why *why)
{
	struct store *s;
	err_t e = store_parse(c, why);
	if (!e)
		e = open_backend(c, &s, why);
	if (e)
		return e;
	s = store_retry_new(store_throttle_new(s, c->up, c->down), c->max_wait_ms);
	if (!s)
		return ERR_NOMEM;
	*ret = s;
	return ERR_OK;
}
