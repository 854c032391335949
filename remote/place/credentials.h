/* SPDX-License-Identifier: MIT
 * Where credentials come from: netrc and password files for WebDAV; the environment, *_FILE variables and the profiles
 * of ~/.aws for S3. The parsers are pure. Results are secret_alloc'ed.
 */
#pragma once

#include "crypto/secret.h"
#include "remote/place/config.h"
#include "util/buf.h"

struct login {
	char user[256];
	char pass[1024];
};
/* netrc_find: the first entry for `host` (and `user`, unless NULL), else "default". ERR_NOTFOUND: none; ERR_LIMIT: one
 * that is too long. */
MUST_CHECK err_t netrc_find(struct span text, const char *host, const char *user, struct login *ret);
/* login_load: for a WebDAV host, after c->user, c->pass_file and netrc. *ret NULL: none is configured. */
MUST_CHECK err_t login_load(const struct store_config *c, const char *host, struct login **ret, struct why *why);

struct aws_keys {
	char id[256], secret[256], token[4096], region[64];
};
/* aws_profile: fills the fields of `k` that are empty from a section of a credentials or config file. */
void aws_profile(struct span text, const char *section, struct aws_keys *k);
/* aws_load: ERR_DENIED with a sentence when there are no keys. The region is c->region or the first that is found,
 * else us-east-1. */
MUST_CHECK err_t aws_load(const struct store_config *c, struct aws_keys **ret, struct why *why);
