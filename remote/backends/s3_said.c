/* SPDX-License-Identifier: MIT */
#include "remote/backends/s3_said.h"

#include "remote/http/listing.h"
#include "util/cleanup.h"

#include <string.h>

static const struct {
	const char *code;
	err_t e;
} codes[] = {
	{ "NoSuchBucket", ERR_NOSTORE },
	{ "InvalidBucketName", ERR_NOSTORE },
	{ "PermanentRedirect", ERR_NOSTORE },
	{ "TemporaryRedirect", ERR_NOSTORE },
	{ "AuthorizationHeaderMalformed", ERR_NOSTORE },
	{ "IllegalLocationConstraintException", ERR_NOSTORE },
	{ "NoSuchKey", ERR_NOTFOUND },
	{ "RequestTimeTooSkewed", ERR_CLOCK },
	{ "RequestExpired", ERR_CLOCK },
	{ "QuotaExceeded", ERR_STOREFULL },
	{ "BucketQuotaExceeded", ERR_STOREFULL },
	{ "StorageQuotaExceeded", ERR_STOREFULL },
	{ "InsufficientStorage", ERR_STOREFULL },
	{ "InsufficientCapacity", ERR_STOREFULL },
	{ "XMinioStorageFull", ERR_STOREFULL },
	{ "XMinioAdminBucketQuotaExceeded", ERR_STOREFULL },
	{ "AccessDenied", ERR_REFUSED },
	{ "AllAccessDisabled", ERR_REFUSED },
	{ "InvalidObjectState", ERR_REFUSED },
	{ "SignatureDoesNotMatch", ERR_DENIED },
	{ "InvalidAccessKeyId", ERR_DENIED },
	{ "InvalidSecurity", ERR_DENIED },
	{ "UserSuspended", ERR_DENIED },
	{ "AccountProblem", ERR_DENIED },
	{ "NotSignedUp", ERR_DENIED },
	{ "ExpiredToken", ERR_DENIED },
	{ "InvalidToken", ERR_DENIED },
	{ "TokenRefreshRequired", ERR_DENIED },
	{ "SlowDown", ERR_NET },
	{ "RequestRateLimitExceeded", ERR_NET },
	{ "ServiceUnavailable", ERR_NET },
	{ "InternalError", ERR_NET },
	{ "OperationAborted", ERR_NET },
	{ "BadDigest", ERR_NET },
	{ "XAmzContentSHA256Mismatch", ERR_NET },
	{ "IncompleteBody", ERR_NET },
	{ "RequestTimeout", ERR_TIMEOUT },
	{ "EntityTooLarge", ERR_LIMIT },
	{ "InvalidRange", ERR_DAMAGED },
};

err_t s3_error_code(const char *code)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (!strcmp(code, codes[i].code))
			return codes[i].e;
	return ERR_OK;
}

static err_t say_region(struct http_call *c, const struct s3_error *x)
{
	const char *region = *x->region ? x->region : c->answer_headers.region;
	if (*region)
		return http_say(c, ERR_NOSTORE, "The bucket is in the region %s: say so with --region.", region);
	return http_say(c, ERR_NOSTORE, "The bucket is in another region (%s): say which with --region.", x->code);
}

static err_t say_keys(struct http_call *c, const char *code, const char *from)
{
	return http_say(c, ERR_DENIED,
	                "Wrong access key or secret (%.40s), as %s has them. Set them with AWS_ACCESS_KEY_ID and "
	                "AWS_SECRET_ACCESS_KEY, or in ~/.aws/credentials.",
	                code, from);
}

static err_t say_denied(struct http_call *c, const struct s3_error *x, const char *from)
{
	static const char *const of_keys[] = { "SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidSecurity",
		                               "ExpiredToken",          "InvalidToken",       "TokenRefreshRequired" };
	for (size_t i = 0; i < ARRAY_LEN(of_keys); i++)
		if (!strcmp(x->code, of_keys[i]))
			return say_keys(c, x->code, from);
	return http_say(c, ERR_DENIED,
	                "The server does not let these keys do anything (%s%s%s): set the account right, or use "
	                "other keys.",
	                x->code, *x->message ? ": " : "", x->message);
}

static err_t say_refused(struct http_call *c, const struct s3_error *x)
{
	char object[100];
	http_object(c, object, sizeof(object));
	if (!strcmp(x->code, "InvalidObjectState"))
		return http_say(
		        c, ERR_REFUSED,
		        "Object %s is archived (%s): restore it in the bucket, and keep the bucket's rules from "
		        "archiving the vault.",
		        object, *x->storage ? x->storage : x->code);
	return http_say(c, ERR_REFUSED,
	                "The server refuses %s to these keys (%s%s%s): allow it there, or use other keys.", object,
	                x->code, *x->message ? ": " : "", x->message);
}

err_t s3_judge(struct http_call *c, const char *keys_from)
{
	struct s3_error x;
	err_t e = http_judge(c);
	if (c->e || !e)
		return e;
	if (s3_error_parse(buf_span(&c->answer), &x))
		return e == ERR_DENIED && c->status != 407 ? say_keys(c, "no reason given", keys_from) : e;
	err_t known = s3_error_code(x.code);
	if (!known)
		known = e;
	if (strstr(x.code, "Redirect") || strstr(x.code, "Location") || !strcmp(x.code, "AuthorizationHeaderMalformed"))
		return say_region(c, &x);
	switch (known) {
	case ERR_NOTFOUND:
		return known;
	case ERR_CLOCK:
		return http_say(c, known, "The server says that this machine's clock is wrong (%s): set it.", x.code);
	case ERR_NOSTORE:
		return http_say(c, known, "There is no such bucket (%s): make it first, or correct its name.", x.code);
	case ERR_DENIED:
		return say_denied(c, &x, keys_from);
	case ERR_REFUSED:
		return say_refused(c, &x);
	case ERR_STOREFULL:
		return http_say(c, known, "The server says that the quota or disk is full (%s): make room there.",
		                x.code);
	default:
		return http_say(c, known, "The server failed (HTTP %u, %s%s%s): try again later, or see its log.",
		                c->status, x.code, *x.message ? ": " : "", x.message);
	}
}
