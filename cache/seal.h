/* SPDX-License-Identifier: MIT
 * How a value is stored in the base: a *cell*, which is length(4) and then
 *   MAP_BLOCK:    the bytes as they are (ciphertext already)
 *   other tables: session id(16) counter(8) ciphertext tag(16), AAD = table and key
 * padded with zeros, when large, to whole LMDB overflow pages, so that freed runs of pages fit the next values.
 * Each open of a map is a session with a random id and a key of its own, so counter nonces never repeat. Keys of other
 * sessions are derived, and kept once a cell of theirs was opened. A NULL seal (the fake of tests) stores bare bytes
 * everywhere.
 */
#pragma once

#include "cache/map.h"
#include "crypto/crypto.h"

#define SESSION_LEN 16
#define SEAL_LEN (SESSION_LEN + 8 + TAG_LEN)
#define CHECK_LEN 16

struct seal;
MUST_CHECK err_t seal_new(const struct key *map_key, enum cipher cipher, struct seal **ret);
void seal_freep(struct seal **s);
/* seal_check: a value that tells this map key from others, kept in the clear. */
MUST_CHECK err_t seal_check(const struct key *map_key, uint8_t out[CHECK_LEN]);
/* Session id and cipher for the log, and the log key of any session. */
const uint8_t *seal_session(const struct seal *s);
enum cipher seal_cipher(const struct seal *s);
MUST_CHECK err_t seal_log_key(const struct seal *s, const uint8_t session[SESSION_LEN], struct key *ret);

/* seal_sessions: how many have their keys kept. */
size_t seal_sessions(struct seal *s);

/* An opener is a cipher context for reading, one thread at a time. */
struct opener;
struct opener *opener_new(struct seal *s);
void opener_freep(struct opener **o);

size_t cell_size(const struct seal *s, unsigned table, size_t value_len);
/* cell_write: to exactly cell_size bytes. One caller at a time. */
MUST_CHECK err_t cell_write(struct seal *s, unsigned table, struct span key, struct span value, uint8_t *out);
/* cell_length: the value's length; cell_read: replaces `out` by the value. ERR_DAMAGED. The cell is in memory that can
 * be read safely. */
MUST_CHECK err_t cell_length(const struct seal *s, unsigned table, struct span cell, size_t *ret);
MUST_CHECK err_t cell_read(struct seal *s, struct opener *o, unsigned table, struct span key, struct span cell,
                           struct buf *out);
/* cell_bare: true when the table's values are stored unsealed: the value is the bytes after the length. */
bool cell_bare(const struct seal *s, unsigned table);
#define CELL_HEAD 4
