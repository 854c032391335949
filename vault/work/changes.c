/* SPDX-License-Identifier: MIT */
#include "vault/work/changes.h"

#include "util/vec.h"

#include <stdlib.h>

void work_changes_free(struct work_changes *c)
{
	free(c->v);
	*c = (struct work_changes){ 0 };
}

err_t changes_add(struct work_changes *c, const struct work_change *one)
{
	if (!vec_room(c->v, c->n, 1, &c->cap))
		return ERR_NOMEM;
	c->v[c->n++] = *one;
	return ERR_OK;
}
