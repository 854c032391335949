/* SPDX-License-Identifier: MIT */
#include "vault/changeset/joined_once.h"

#include "vault/changeset/joined_view.h"

void joined_once_begin(struct joined_once *o, const struct joined *shown)
{
	o->files = (struct joined_files){ 0 };
	joined_begin(&o->joined, shown->published, shown->said[0], shown->said[1]);
	o->joined.kept = &o->files;
	recent_view_begin(&o->recent, shown->recent, &o->joined.view);
	memo_begin(&o->memo, &o->recent.view);
}

void joined_once_end(struct joined_once *o)
{
	memo_end(&o->memo);
	joined_files_free(&o->files);
}
