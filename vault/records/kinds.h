/* SPDX-License-Identifier: MIT
 * Kinds of records and of queue entries: the first byte of a key in MAP_RECORDS and in MAP_QUEUE.
 */
#pragma once

#include "util/id.h"

#define INO_ROOT 1 /* the inode number of the root directory */

enum record_kind {
	/* of this device alone; 0xa0 to 0xa6 and 0xaa to 0xac are the shown tree's, 0xb0 and 0xb1 the changesets' */
	REC_REAP = 0x84,             /* content id(16): windows to be worked off in the background */
	REC_PIN = 0x85,              /* ino(8): keep offline */
	REC_PLACED = 0xa7,           /* block id(16), segment id(16) or none: where it is on the store (placed.h) */
	REC_UNLINKED = 0xa8,         /* ino(8): open, without a name: the inode; ino(8) namehash(8): an xattr of it */
	REC_USES = 0xa9,             /* block id(16): how often it is used, while it waits in the queue, if not once */
	REC_NAMELESS_CONTENT = 0xaf, /* ino(8) of what is open and has no name: content or block that is its alone */
};

/* Keys of MAP_QUEUE. */
enum queue_kind {
	QUEUE_BLOCK = 'B', /* block id(16) -> struct pending_block: sealed here, in no segment yet */
	QUEUE_UPLOAD_PINNED =
	        'H', /* block id(16): in a segment, but segment or commit not confirmed on the store: never evicted */
	QUEUE_PACKING =
	        'C', /* no more: there while the close of a changeset packs blocks that are not upload-pinned yet */
	QUEUE_SEGMENT = 'S', /* sequence(8) segment id(16) -> block ids and sizes, in order: to be PUT */
	QUEUE_OBJECT = 'O', /* sequence(8) name(32 hex) -> exact bytes to be PUT (commits, checkpoint chunks, manifests,
	                       joins) */
};
