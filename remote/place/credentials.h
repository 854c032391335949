/* SPDX-License-Identifier: MIT
 * Where credentials come from: netrc and password files for WebDAV; the environment, *_FILE variables and the profiles
 * of ~/.aws for S3. The parsers are pure. Results are secret_alloc'ed.
 */
#pragma once

#include "crypto/secret.h"
#include "remote/place/config.h"
#include "remote/place/netrc.h"
#include "remote/place/url.h"
#include "util/buf.h"

/* login_load: for a WebDAV server, after c->user, c->pass_file and netrc. *ret NULL: none is configured. */
MUST_CHECK err_t login_load(const struct store_config *c, const struct url *u, struct login **ret, struct why *why);

#define AWS_ENDPOINT_MAX 300
/* login_again: likewise, of a store that is open: once more from where it came from, and only if those files can be
 * read without waiting. ERR_NOTFOUND: there is nothing that differs from `now` (NULL: none). */
MUST_CHECK err_t login_again(const struct store_config *c, const struct url *u, const struct login *now,
                             struct login **ret);

struct aws_keys {
	char id[256], secret[256], token[4096], region[64];
	char endpoint[AWS_ENDPOINT_MAX];         /* of a profile, */
	char services[128];                      /* and which section of services it names: */
	char service_endpoint[AWS_ENDPOINT_MAX]; /* that for s3 */
	char from[128];                          /* of aws_load: where id and secret come from, in words */
};
/* aws_profile: fills the fields of `k` that are empty from a section of a credentials or config file. */
void aws_profile(struct span text, const char *section, struct aws_keys *k);
/* aws_services: fills service_endpoint out of the section of a config file that k->services names. */
void aws_services(struct span text, struct aws_keys *k);
/* aws_load: ERR_DENIED with a sentence when there are no keys. The region is c->region or the first that is found,
 * else us-east-1. */
MUST_CHECK err_t aws_load(const struct store_config *c, struct aws_keys **ret, struct why *why);

/* What the environment says of S3 beside the keys; "": nothing. */
struct aws_place {
	char endpoint[AWS_ENDPOINT_MAX], region[64], profile[128];
	const char *endpoint_from; /* a variable, or what a profile is in words */
};
/* aws_place_load: the endpoint by AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, s3 of the services that the profile names, or
 * its endpoint_url, in this order, none of them with AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true; the region by AWS_REGION
 * or AWS_DEFAULT_REGION; the profile by AWS_PROFILE, when no keys are in the environment. ERR_LIMIT: one is too long;
 * errors of files. */
MUST_CHECK err_t aws_place_load(const struct store_config *c, struct aws_place *ret, struct why *why);
/* aws_again: as login_again; `ret` gets id, secret and token, and keeps its region. */
MUST_CHECK err_t aws_again(const struct store_config *c, struct aws_keys *ret);
