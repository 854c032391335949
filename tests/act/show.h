/* SPDX-License-Identifier: MIT
 * What a device shows, as lines on standard output.
 */
#pragma once

#include "device.h"

/* show_list: path, type, contents, mode, xattrs, first path of the same file; between tabs, in the order of a walk. */
void show_list(struct device *d);
void show_conflicts(struct device *d);    /* paths of conflict names, sorted */
void show_digest(const struct device *d); /* of the base */
/* show_text: contents of a version, as a string. */
void show_text(struct device *d, const struct tree_version *v, struct buf *out);
