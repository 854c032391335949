/* SPDX-License-Identifier: MIT
 * Where shared records are read from: the map, a transaction over it, a changeset over a base, or a table in a test.
 * Everything in join/ and tree/ reads through this and gives its results as values or as deltas to be joined: nothing
 * in there knows of files, the network or time.
 */
#pragma once

#include "vault/join/types.h"

/* Called for each key with the prefix, ascending; anything but ERR_OK ends the scan and is what it answers. */
typedef err_t (*view_visit)(void *ctx, struct span key, struct span value);

struct view {
	/* ERR_NOTFOUND: not there. `out` is replaced. */
	err_t (*get)(void *ctx, struct span key, struct buf *out);
	/* from: first key wanted (all bytes); an empty one is the prefix. No call into the view while it runs. */
	err_t (*scan)(void *ctx, struct span prefix, struct span from, view_visit fn, void *arg);
	void *ctx;
};
