/* SPDX-License-Identifier: MIT */
#include "cli/daemon/mounted_vault_naming.h"

#include "sync/members/who.h"
#include "util/cleanup.h"

#include <inttypes.h>
#include <stdio.h>

void mounted_vault_device(struct map *m, uint64_t stream, char out[CONFLICT_WHO])
{
	cleanup(buf_free) struct buf name = BUF_INIT;
	if (who_name(m, stream, &name) == ERR_OK)
		snprintf(out, CONFLICT_WHO, "%.*s", (int)name.len, (const char *)name.p);
	else
		snprintf(out, CONFLICT_WHO, "%016" PRIx64, stream);
}

static void who(void *ctx, const struct version_id *root, int64_t time, char out[CONFLICT_WHO])
{
	char device[CONFLICT_WHO];
	mounted_vault_device(ctx, root->stamp.stream, device);
	conflict_who(span_str(device), time, out);
}

/* at: what a device is called, and whose a stream is, stand in the map. */
static uint64_t at(void *ctx)
{
	return map_version(ctx);
}

struct tree_naming mounted_vault_naming(struct map *m)
{
	return (struct tree_naming){ .who = who, .at = at, .ctx = m };
}
