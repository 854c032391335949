/* SPDX-License-Identifier: MIT
 * Which store, and how to use it: what a person has configured.
 */
#pragma once

#include "util/error.h"

#include <stdint.h>

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
/* One with strings of its own. */
#define STORE_CONFIG_TEXTS 8
struct store_config_own {
	struct store_config c;
	char *text[STORE_CONFIG_TEXTS];
};
/* store_config_copy: NULL: no memory. store_config_free: NULL is fine. */
struct store_config_own *store_config_copy(const struct store_config *c);
void store_config_free(struct store_config_own *own);
/* store_parse: ERR_INVAL with a sentence when the configuration cannot be used (unknown scheme, plain http to a host
 * that is not loopback, credentials inside the URL ...). Pure. */
MUST_CHECK err_t store_parse(const struct store_config *c, struct why *why);
