/* SPDX-License-Identifier: MIT */
#include "cli/vaults/traces.h"

#include "cli/vaults/recent_files.h"
#include "cli/vaults/thumbnails.h"

void traces_look(const struct traces_of *of, struct traces *ret)
{
	*ret = (struct traces){ 0 };
	recent_files_look(of, ret);
	thumbnails_look(of, ret);
}
