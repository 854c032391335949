/* SPDX-License-Identifier: MIT
 * What is said of others' heads.
 */
#pragma once

#include "sync/core/state.h"

struct sync;
/* head_bad: names one that proves nothing, until it is read whole: head_whole. */
void head_bad(struct sync *s, const struct stream *st);
void head_whole(struct sync *s, const struct stream *st);
