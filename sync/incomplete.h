/* SPDX-License-Identifier: MIT
 * What is known to be lacking of the vault's history, for longer than it may take to come.
 *
 * Terms
 *   lack        a commit that a head or a commit that counts names, and that is not here; or a stream that such a head
 *               counts and that nothing here proves
 *   waits       commits that are here, and stand on such that a person gave up (core/given.h): a lack, too, unless they
 *               did when that was given up
 *   look        all heads were read, and what they name was asked for behind that (heads_check)
 *   lasts       a look finds it, and another one did, LACK_LASTS before; or a joiner's look, which asks for all there
 * is incomplete  a vault of which a lack lasts
 *
 *   NONE --- a look finds it ---> FOUND --- a look, LACK_LASTS later, finds it still ---> LASTS
 *     ^                             |                                                      |
 *     +-- it is here, or nobody who counts says any more that it was: the next look -------+
 *
 * None of these is a lack: an object that no signed word names; a store that does not answer, or a look that did not
 * come to its end; a commit that is here and is refused, or was made by newer software; contents of files; a head that
 * is gone or old, which says nothing; what was given up, of which what is lacking behind it is one.
 *
 * Invariants
 *   1. Only a look changes what is known.
 *   2. It is durable (MAP_STATE "sync.incomplete"), with who says so: the next mount knows it before it has a network,
 *      and asks for it although the heads are withheld by then.
 *   3. What lasts is one commit, or stream: a device that is always a little behind lacks another one at each look.
 */
#pragma once

#include "sync/core/config.h"

#define STATE_INCOMPLETE "sync.incomplete"
#define LACK_LASTS_S 120

struct stream;
/* sync_incomplete: what is known now. Any thread. incomplete_words: what it means, for a person;
 * of one that waits alone, that the cloud lacks nothing. */
void sync_incomplete(struct sync *s, struct incomplete *ret);
const char *incomplete_words(const struct incomplete *x);
/* incomplete_ahead: of that stream some device has applied commits that no pull has found; also behind its cut: what a
 * head that counts has counts too. incomplete_own_met: it is our own, which another life of this state went on with,
 * and that was found. */
bool incomplete_ahead(const struct sync *s, const struct stream *st);
bool incomplete_own_met(const struct sync *s, const struct stream *st);
/* incomplete_first: of what a stream is ahead the first commit that was not given up; 0: there is none. */
uint64_t incomplete_first(const struct sync *s, const struct stream *st);
/* incomplete_forget: what is given up (core/given.h) is no lack any more; whoever shows it is told. With `work` held.
 */
MUST_CHECK err_t incomplete_forget(struct sync *s);
/* incomplete_load: at the opening. A record that cannot be read is as none: each look makes it anew. */
MUST_CHECK err_t incomplete_load(struct sync *s);
/* incomplete_look: behind a look. incomplete_joined: behind that of a joiner. With `work` held. */
MUST_CHECK err_t incomplete_look(struct sync *s);
MUST_CHECK err_t incomplete_joined(struct sync *s);
