/* SPDX-License-Identifier: MIT
 * What can be used of a configuration, said in a sentence before anything is sent.
 */
#include "remote/place/config.h"

#include "remote/place/url.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

void store_config_free(struct store_config_own *own)
{
	for (size_t i = 0; own && i < STORE_CONFIG_TEXTS; i++)
		free(own->text[i]);
	free(own);
}

struct store_config_own *store_config_copy(const struct store_config *c)
{
	struct store_config_own *own = calloc(1, sizeof(*own));
	if (!own)
		return NULL;
	own->c = *c;
	const char **const at[STORE_CONFIG_TEXTS] = { &own->c.url,        &own->c.endpoint, &own->c.region,
		                                      &own->c.profile,    &own->c.ca_file,  &own->c.user,
		                                      &own->c.addressing, &own->c.pass_file };
	for (size_t i = 0; i < STORE_CONFIG_TEXTS; i++) {
		if (*at[i] && !(own->text[i] = strdup(*at[i]))) {
			store_config_free(own);
			return NULL;
		}
		*at[i] = own->text[i];
	}
	return own;
}

static bool is_address(const char *host)
{
	return *host == '[' || strspn(host, "0123456789.") == strlen(host);
}

/* Whether the bucket can stand before the endpoint's host. */
static err_t check_virtual(const char *bucket, const char *host, struct why *why)
{
	if (!url_host_bucket(bucket))
		return why_set(why, ERR_INVAL,
		               "The bucket %.100s cannot be part of a host name: use the addressing \"path\".", bucket);
	if (is_address(host))
		return why_set(why, ERR_INVAL,
		               "The addressing \"virtual\" needs an endpoint with a name, not the address %.100s.",
		               host);
	return ERR_OK;
}

static err_t check_s3(const struct store_config *c, const char *bucket, struct why *why)
{
	struct url u = { 0 };
	const char *a = c->addressing;
	if (a && strcmp(a, "path") && strcmp(a, "virtual"))
		return why_set(why, ERR_INVAL, "Addressing is \"path\" or \"virtual\", not \"%.50s\".", a);
	if (c->region &&
	    (!*c->region || strlen(c->region) > 63 ||
	     strspn(c->region, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") < strlen(c->region)))
		return why_set(why, ERR_INVAL, "\"%.50s\" is not a region.", c->region);
	bool virtual = a && !strcmp(a, "virtual");
	if (!c->endpoint)
		return virtual ? check_virtual(bucket, "s3", why) : ERR_OK;
	err_t e = url_parse(c->endpoint, &u, why);
	if (e)
		return e;
	if ((u.scheme != URL_HTTPS && u.scheme != URL_HTTP) || *u.path)
		return why_set(why, ERR_INVAL, "The endpoint must be https://host or https://host:port.");
	return virtual ? check_virtual(bucket, u.host, why) : ERR_OK;
}

err_t store_parse(const struct store_config *c, struct why *why)
{
	struct url u;
	err_t e = url_parse(c->url, &u, why);
	if (e)
		return e;
	if (u.scheme == URL_S3)
		return check_s3(c, u.host, why);
	if (c->endpoint)
		return why_set(why, ERR_INVAL, "An endpoint goes with s3:// only.");
	return ERR_OK;
}
