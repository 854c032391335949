/* SPDX-License-Identifier: MIT */
#include "sync/bootstrap.h"

#include "sync/bootstrap2.h"
#include "sync/bootstrap_join2.h"
#include "sync/core/state.h"

err_t bootstrap_create(const struct bootstrap *b, struct why *why)
{
	return bootstrap2_create(b, why);
}

err_t bootstrap_join(const struct bootstrap *b, const struct slot *slot, struct why *why)
{
	if (map_has(b->map, MAP_STATE, span_str(STATE_MAIN)) != ERR_NOTFOUND)
		return why_set(why, ERR_EXISTS, "joining needs fresh local state, but there is some already");
	return bootstrap_join2(b, slot, why);
}
