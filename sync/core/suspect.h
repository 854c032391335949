/* SPDX-License-Identifier: MIT
 * A store that lost one thing has lost more, or went back.
 */
#pragma once

struct sync;
/* sync_suspect: all contents are looked for again, before anybody is told that all is on the store
 * (publish/contents.h). */
void sync_suspect(struct sync *s);
