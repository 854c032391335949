/* SPDX-License-Identifier: MIT
 * Keys of records as people write them: kind, then the parts of the key, "inode:1", "xattr:1:00c0ffee00c0ffee".
 * Numbers are decimal; ids, hashes and numbers of streams hexadecimal. What an open or closed set says has its key
 * behind the set's: "set-a:inode:1".
 */
#pragma once

#include "vault/records/key.h"

#define KEY_TEXT_MAX 144
/* key_text_parse: with parts left out, the prefix of all keys that start so. ERR_INVAL with a sentence. */
MUST_CHECK err_t key_text_parse(const char *text, struct rkey *ret, struct why *why);
/* key_text_format: what is no key comes out as "unknown:" and its bytes. */
void key_text_format(struct span key, char out[KEY_TEXT_MAX]);
/* key_text_kind: "inode"; NULL: no kind of record. */
const char *key_text_kind(uint8_t kind);
/* key_text_record: of a key in an open or closed set the key of the record; else the key. */
struct span key_text_record(struct span key);
