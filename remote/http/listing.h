/* SPDX-License-Identifier: MIT
 * The XML answers that the stores give: S3's listings and errors, WebDAV's multistatus. Pure functions over bytes:
 * ERR_DAMAGED when it is not that document, malformed or over a limit of xml.h, and then *ret is as it was.
 */
#pragma once

#include "remote/store.h"

/* One entry. STORE_LIST_STOP: the parser returns ERR_OK with `ended` set. */
typedef enum store_list_next (*s3_entry_fn)(void *ctx, const char *key, uint64_t size);
struct s3_page {
	bool ended;
	bool truncated;    /* there is more */
	char token[1025];  /* V2: NextContinuationToken */
	char marker[1025]; /* V1: NextMarker, else the last key of the page */
	unsigned entries;
};
/* s3_list_parse: ListBucketResult, of version 2 or 1. */
MUST_CHECK err_t s3_list_parse(struct span in, s3_entry_fn fn, void *ctx, struct s3_page *ret);

struct s3_error {
	char code[64];
	char message[160];
	char region[64];
	char storage[32]; /* class of an object that is archived */
};
/* s3_error_parse: an S3 error document; words that are too long are cut short. */
MUST_CHECK err_t s3_error_parse(struct span in, struct s3_error *ret);

/* One member of a collection; `name` is the last part of its path, percent-decoded; the collection itself has ""
 * only when its path is the root. */
typedef enum store_list_next (*dav_entry_fn)(void *ctx, const char *name, bool collection, uint64_t size);
struct dav_page {
	bool ended;
	unsigned responses;
};
/* dav_list_parse: a multistatus (RFC 4918, 13). */
MUST_CHECK err_t dav_list_parse(struct span in, dav_entry_fn fn, void *ctx, struct dav_page *ret);
