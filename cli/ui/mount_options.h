/* SPDX-License-Identifier: MIT
 * The comma-separated options of mount -o and of a line in fstab.
 */
#pragma once

#include "util/error.h"

#include <limits.h>
#include <stdbool.h>

struct mount_options {
	char kernel[256];        /* what the kernel is told: "ro,noexec" */
	char passfile[PATH_MAX]; /* "": not given */
	char setuid[64];         /* user to become; "": not given */
	bool force_writable;     /* also a vault that is known to be incomplete */
	bool remount;            /* of what is mounted: the flags alone */
	unsigned long
	        flags; /* MS_...: all that the words of `kernel` mean, nosuid and nodev unless they say otherwise */
};
/* mount_options_parse: ERR_INVAL with a sentence for what is not understood. Options that say when and by whom a line
 * of fstab is mounted are taken and mean nothing here. */
MUST_CHECK err_t mount_options_parse(const char *text, struct mount_options *ret, struct why *why);
