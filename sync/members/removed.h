/* SPDX-License-Identifier: MIT
 * Whether this device was removed from the vault: a statement that counts has revoked it, or whom it was let in by.
 *
 *   MEMBER --- such a statement is known ---> REMOVED --- what counts more says that it does not count ---> MEMBER
 *
 * It follows from the statements each time (statements.h) and is stored nowhere. A device that is removed uploads
 * nothing (round.h), since that counts for nobody, and its folder is read-only, so that nobody goes on working on what
 * no other device will have. What is here stays here and can be read. It goes on reading statements: a thief may have
 * removed the device of the owner, who has the recovery key, or a device that counts more, to answer with.
 */
#pragma once

#include "sync/core/people.h"

struct sync;
/* removed_look: behind a new roster. The alarm begins or ends, and who waits for it is told (core/config.h). */
void removed_look(struct sync *s);
/* removed_lacks: something of this device is not on the store, or counts for nobody there. */
bool removed_lacks(struct sync *s);
