/* SPDX-License-Identifier: MIT
 * From what a person types to a store: /path, dir:/path, https://host/path, s3://bucket/prefix.
 */
#pragma once

#include "crypto/secret.h"
#include "remote/store.h"
#include "util/clock.h"

struct store_config {
	const char *url;        /* as typed; kept in the vault's configuration */
	const char *endpoint;   /* s3: https://host[:port]; NULL: AWS */
	const char *region;     /* s3: NULL: environment, profile, then us-east-1 */
	const char *profile;    /* s3: section of ~/.aws/credentials; NULL: AWS_PROFILE, then default */
	const char *addressing; /* s3: "path", "virtual" or NULL: path for custom endpoints, virtual for AWS */
	const char *ca_file;    /* extra trusted certificates (PEM) */
	const char *user;       /* WebDAV user; NULL: ~/.netrc (or $NETRC), else none. The password comes from netrc or
	                           pass_file */
	const char *pass_file;
	unsigned connections; /* parallel requests; 0: 8 */
	unsigned timeout_ms;  /* no byte moved for this long ends a request; 0: 30,000 */
	uint64_t up, down;    /* bytes per second; 0: unlimited */
	unsigned max_wait_ms; /* retry layer: longest back-off; 0: 60,000 */
};
/* store_parse: ERR_INVAL with a sentence when the URL cannot be used (unknown scheme, plain http to a host that is not
 * loopback, credentials inside the URL ...). Pure. */
MUST_CHECK err_t store_parse(const struct store_config *c, struct why *why);
/* store_open: the backend with throttle and retry around it. Nothing is sent yet. `c` is copied. */
MUST_CHECK err_t store_open(const struct store_config *c, struct store **ret, struct why *why);
/* Backends bare, for tests and layers. */
MUST_CHECK err_t store_dir_open(const char *path, struct store **ret, struct why *why);
MUST_CHECK err_t store_dav_open(const struct store_config *c, struct store **ret, struct why *why);
MUST_CHECK err_t store_s3_open(const struct store_config *c, struct store **ret, struct why *why);
struct store *store_mem_new(void); /* an empty store in memory */
/* Layers. Each takes `inner` over, also on failure (NULL). The retry layer retries ERR_NET, ERR_TIMEOUT and damaged
 * ranges a few times with jittered back-off honouring Retry-After, then answers; after ERR_DENIED it answers at once
 * without asking the server again until store_retry_now. */
struct store *store_retry_new(struct store *inner, unsigned max_wait_ms);
struct store *store_throttle_new(struct store *inner, uint64_t up, uint64_t down);
/* store_state_of: of a store from store_open (the retry layer's view). store_retry_now: forget back-off and refusals.
 */
void store_state_of(struct store *s, struct store_state *ret);
void store_retry_now(struct store *s);
