/* SPDX-License-Identifier: MIT
 * The bytes of a WAL record: magic(8) session(16) first op(8) count(4) payload length(4) | payload, sealed | tag(16),
 * zeros up to a page. The payload is, for each op: table, with the high bit for a delete (1) key(2+) value(4+). AAD is
 * the header; the nonce is the first op's number.
 */
#pragma once

#include "cache/seal.h"

#define WAL_PAGE 4096u
#define WAL_HEADER 40u
#define WAL_OP_DEL 0x80u

struct wal_header {
	uint8_t session[SESSION_LEN];
	uint64_t first;
	uint32_t count, len;
};
/* wal_record_size: on the disk, of a record with that payload. */
size_t wal_record_size(size_t payload);
/* wal_header_last: number of the last op. */
uint64_t wal_header_last(const struct wal_header *h);
void wal_header_encode(const struct wal_header *h, struct buf *out);
/* wal_header_parse: false unless a record with sane bounds may start there; `room`: bytes from there to the end of the
 * file.
 */
bool wal_header_parse(const uint8_t b[WAL_HEADER], size_t room, struct wal_header *ret);
/* wal_record_seal: header and payload are in `b`: seals the payload in place and pads. */
MUST_CHECK err_t wal_record_seal(struct aead *a, const struct wal_header *h, struct buf *b);
/* wal_record_unseal: header, payload and tag are in `b`: opens the payload in place, with the key of the record's
 * session. ERR_NOTFOUND: it is none. */
MUST_CHECK err_t wal_record_unseal(const struct seal *s, const struct wal_header *h, struct buf *b);
