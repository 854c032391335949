/* SPDX-License-Identifier: MIT
 * What desktop programs keep of a mount outside of it, in the person's home and in the clear: thumbnails, and entries
 * of recent files. It is looked for by the address that each has written in it. Never touched unless asked; then
 * nothing but what is of these folders goes.
 *
 * The programs' own formats: thumbnails as the freedesktop.org specification has them (PNG with the text Thumb::URI), a
 * list as GLib's GBookmarkFile writes it. Indexes of search programs are not read.
 */
#pragma once

#include "util/deadline.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

struct traces_of {
	const char *const *dir; /* absolute; of these folders and what is below */
	size_t n;
	bool remove;
	struct deadline until; /* it is not looked any further then */
};
struct traces {
	size_t thumbnails, recent; /* found; with `remove` these are gone, */
	size_t stay;               /* but for so many */
	bool more;                 /* it was not looked to the end */
};
void traces_look(const struct traces_of *of, struct traces *ret);
