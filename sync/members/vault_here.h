/* SPDX-License-Identifier: MIT
 * Which vault lies at the store's place. A disk that is away leaves an empty directory, a setting names another
 * vault's: what is PUT there is lost, or in somebody's way. So nothing is PUT before the header there was seen to be
 * this vault's: after an opening (a mount, a changed setting), after a round that failed (an outage), and when the
 * last look is a minute old; for who waits, ten seconds.
 *
 *   UNKNOWN --- the header is ours; or none is, and objects of ours are there: it is PUT again; or another vault's lies
 *           beside objects of ours, once (others_header.h): likewise ---> KNOWN
 *   KNOWN --- a round failed, a minute is over ---> UNKNOWN
 *   UNKNOWN --- another vault's header; none, and nothing of ours ---> refused: an alarm, and no PUT in this round;
 *           once it is this vault's again, all is looked for: what came back may be an older copy
 *
 * How the header is read and made says header_keep.h, or a keeper (core/config.h).
 */
#pragma once

#include "util/error.h"

#include <stdbool.h>

struct sync;
/* vault_here_check: due or not; `asked`: somebody waits. ERR_NOSTORE: no vault is there; ERR_DAMAGED: another's; what
 * the store fails with. That it does not take the header is none of these, and in `here.lacks`. */
MUST_CHECK err_t vault_here_check(struct sync *s, bool asked);
/* vault_here_known: it may be written there now. */
bool vault_here_known(const struct sync *s);
/* vault_here_doubt: a round ended with `e`. */
void vault_here_doubt(struct sync *s, err_t e);
