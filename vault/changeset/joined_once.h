/* SPDX-License-Identifier: MIT
 * Joined records that are read once: for one operation or question, during which nothing that is shown changes; others
 * may publish meanwhile. Not for several threads.
 */
#pragma once

#include "vault/changeset/joined.h"
#include "vault/changeset/recent.h"
#include "vault/join/memo.h"

struct joined_once {
	struct joined joined;
	struct joined_files files;
	struct recent_view recent;
	struct memo memo; /* memo.view is to be read */
};
/* joined_once_begin: of what `shown` shows; `o` stays where it is until joined_once_end. */
void joined_once_begin(struct joined_once *o, const struct joined *shown);
void joined_once_end(struct joined_once *o);
static inline const struct view *joined_once_view(const struct joined_once *o)
{
	return &o->memo.view;
}
