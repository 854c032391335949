/* SPDX-License-Identifier: MIT
 * What an alarm says of itself (alarm.h) beside its words: objects by their names on the store, and our own stream.
 * What cannot be derived is not known: zero.
 */
#pragma once

#include "util/id.h"

#include <stdint.h>

struct sync;
struct stream;
/* alarm_object: of a name that is an id in hex; others are none. */
struct id alarm_object(const char *name);
/* alarm_commit, alarm_head: where a part of a commit, or the head, of a stream lies under an epoch; 0: the one that is
 * looked at first, of a commit only if it is the only one that may have it. alarm_place: a place of the mailbox. */
struct id alarm_commit(struct sync *s, const struct stream *st, uint64_t n, uint32_t epoch);
struct id alarm_head(struct sync *s, const struct stream *st, uint32_t epoch);
struct id alarm_place(struct sync *s, uint64_t place, uint32_t epoch);
/* alarm_own: the number of our stream; 0: it has not begun. */
uint64_t alarm_own(struct sync *s);
