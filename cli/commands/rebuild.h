/* SPDX-License-Identifier: MIT
 * The local state of a vault made anew from the store: for one that is damaged and does not open any more. What
 * `forget` and `join` do, but that the vault keeps its settings and that the state that is there stays until the new
 * one is whole.
 *
 * What was not uploaded is in the old state alone, so it is asked for (--discard) unless last.json says that there is
 * nothing; after a crash nobody knows. A vault that still mounts is better mounted: then what does not read is named,
 * the rest can be copied out, and what is derived heals by itself (vault/work/index.h).
 *
 *   NAME: damaged                            --- join under NAME.rebuilding: nothing of it is a vault before it is
 * whole NAME: damaged, NAME.rebuilding: whole    --- settings, mounts.json; the two change places at once
 * (RENAME_EXCHANGE) NAME: whole, NAME.rebuilding: damaged    --- that is removed NAME: whole
 *
 * Who is killed in the second or third of these has both, and the next rebuild says which to forget. The new state is a
 * device of its own, as after a join; pins are gone.
 */
#pragma once

#include "cli/ui/options.h"

int command_rebuild(const struct options *o);
