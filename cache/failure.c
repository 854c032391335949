/* SPDX-License-Identifier: MIT
 * The first failure that nothing can be done about makes the map read-only for good.
 */
#include "cache/failure.h"

#include "cache/map_struct.h"
#include "util/cleanup.h"
#include "util/log.h"

err_t map_fail(struct map *m, err_t e, const char *what)
{
	guard(&m->lock);
	if (!m->failed) {
		log_error(AREA_CACHE, "%s: %s; read-only from here on", what, err_text(e));
		m->failed = e;
		pthread_cond_broadcast(&m->committer.wake);
	}
	return e;
}

err_t map_failed(struct map *m)
{
	guard(&m->lock);
	return m->failed ? ERR_IO : ERR_OK;
}
