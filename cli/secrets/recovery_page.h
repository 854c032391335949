/* SPDX-License-Identifier: MIT
 * What a recovery sheet says.
 */
#pragma once

#include "cli/ui/page.h"
#include "cli/vaults/conf.h"

struct recovery_sheet {
	const char *path;        /* of the file: NAME.pdf or NAME.svg */
	const char *vault;       /* its name here */
	const struct conf *conf; /* where its store is */
	const char *mount;       /* where it is mounted; NULL: if at all, at ~/cloudseal/NAME */
	const char *state;       /* of the vault on this device */
};

/* recovery_page_fits: the store's address can be printed in that form. ERR_INVAL. */
MUST_CHECK err_t recovery_page_fits(const struct recovery_sheet *s, enum page_form form, struct why *why);
/* recovery_page_draw: between page_begin and page_end. */
MUST_CHECK err_t recovery_page_draw(const struct recovery_sheet *s, const char *key, struct page *p);
