/* SPDX-License-Identifier: MIT
 * Named values, said one after the other: what a printer tells of something decoded, whatever it is shown as. Secrets
 * have a form of their own, so that a printer cannot be asked for them.
 */
#pragma once

#include "util/buf.h"

enum fields_group { FIELDS_OBJECT, FIELDS_LIST };
struct fields_ops { /* `name` is NULL inside a list */
	void (*text)(void *ctx, const char *name, struct span text);
	void (*number)(void *ctx, const char *name, uint64_t v);
	void (*flag)(void *ctx, const char *name, bool v);
	void (*open)(void *ctx, const char *name, enum fields_group group);
	void (*close)(void *ctx);
};
struct fields {
	const struct fields_ops *ops;
	void *ctx;
};
/* fields_text: what people gave: it may be no UTF-8 and hold control characters. */
void fields_text(const struct fields *f, const char *name, struct span text);
/* fields_word: of our own. */
void fields_word(const struct fields *f, const char *name, const char *word);
/* fields_number: a count or a size. */
void fields_number(const struct fields *f, const char *name, uint64_t v);
/* fields_decimal: a number that may need all 64 bits (inode numbers), as text. */
void fields_decimal(const struct fields *f, const char *name, uint64_t v);
void fields_flag(const struct fields *f, const char *name, bool v);
/* fields_hex: ids and hashes. */
void fields_hex(const struct fields *f, const char *name, const void *p, size_t n);
/* fields_time: UTC, "2026-11-24T10:15:03.000000001Z". */
void fields_time(const struct fields *f, const char *name, int64_t sec, uint32_t nsec);
/* fields_secret: that it is there. */
void fields_secret(const struct fields *f, const char *name);
/* fields_open: what follows belongs to it, until fields_close. */
void fields_open(const struct fields *f, const char *name, enum fields_group group);
void fields_close(const struct fields *f);
