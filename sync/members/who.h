/* SPDX-License-Identifier: MIT
 * How the device of a stream is called.
 */
#pragma once

#include "cache/map.h"
#include "vault/join/signer.h"

/* who_name: appends what its DEVICE record says, as it is published here. Any thread. ERR_NOTFOUND: no such stream is
 * known, or no name; what reading the map fails with. */
MUST_CHECK err_t who_name(struct map *m, uint64_t stream, struct buf *out);
/* who_device: the same, of a device. */
MUST_CHECK err_t who_device(struct map *m, struct id device, struct buf *out);
/* who_device_now: the same, but also what its own device has said and not published yet. */
MUST_CHECK err_t who_device_now(struct map *m, struct id device, struct buf *out);
/* who_signer: appends how a person calls a signer: a device by its name, or the first half of its id; a slot by what
 * opens it. What memory there is for. */
void who_signer(struct map *m, struct id signer, enum signer_kind kind, struct buf *out);
