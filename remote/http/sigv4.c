/* SPDX-License-Identifier: MIT
 * Canonical request, string to sign, signing key, in the order of AWS's description.
 */
#include "remote/http/sigv4.h"

#include "crypto/crypto.h"
#include "util/cleanup.h"
#include "util/hex.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#define ALGORITHM "AWS4-HMAC-SHA256"

void sigv4_date(int64_t unix_time, char out[SIGV4_DATE_LEN])
{
	struct tm tm = { 0 };
	time_t t = (time_t)unix_time;
	if (!gmtime_r(&t, &tm) || !strftime(out, SIGV4_DATE_LEN, "%Y%m%dT%H%M%SZ", &tm))
		memcpy(out, "19700101T000000Z", SIGV4_DATE_LEN);
}

err_t sigv4_hash(struct span in, char out[65])
{
	struct hash digest;
	err_t e = crypto_sha256(in, &digest);
	if (!e)
		hex_encode(digest.b, sizeof(digest), out);
	return e;
}

static void put_text(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void sigv4_encode(struct buf *out, const char *text, bool path)
{
	static const char digits[] = "0123456789ABCDEF";
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (isalnum(*c) || strchr("-._~", *c) || (path && *c == '/')) {
			buf_u8(out, *c);
		} else {
			buf_u8(out, '%');
			buf_u8(out, (uint8_t)digits[*c >> 4]);
			buf_u8(out, (uint8_t)digits[*c & 15]);
		}
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

err_t sigv4_query(const struct sigv4_pair *pairs, size_t n, struct buf *out)
{
	struct buf part[SIGV4_MAX_PAIRS] = { BUF_INIT };
	const char *sorted[SIGV4_MAX_PAIRS];
	bool failed = n > SIGV4_MAX_PAIRS;
	for (size_t i = 0; i < n && !failed; i++) {
		sigv4_encode(&part[i], pairs[i].name, false);
		buf_u8(&part[i], '\1'); /* sorts before everything that a name holds, as the end of a name must */
		sigv4_encode(&part[i], pairs[i].value, false);
		buf_u8(&part[i], 0);
		failed = part[i].failed;
		sorted[i] = (const char *)part[i].p;
	}
	if (!failed && n)
		qsort(sorted, n, sizeof(sorted[0]), by_text);
	for (size_t i = 0; i < n && !failed; i++) {
		put_text(out, i ? "&" : "");
		for (const char *c = sorted[i]; *c; c++)
			buf_u8(out, *c == '\1' ? '=' : (uint8_t)*c);
	}
	buf_u8(out, 0);
	for (size_t i = 0; i < SIGV4_MAX_PAIRS; i++)
		buf_free(&part[i]);
	return failed ? ERR_NOMEM : buf_ok(out);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct sigv4_pair *const *)a)->name, (*(const struct sigv4_pair *const *)b)->name);
}

static err_t sort_headers(const struct sigv4 *r, const struct sigv4_pair *sorted[SIGV4_MAX_PAIRS])
{
	if (r->n_headers > SIGV4_MAX_PAIRS)
		return ERR_LIMIT;
	for (size_t i = 0; i < r->n_headers; i++)
		sorted[i] = &r->headers[i];
	qsort(sorted, r->n_headers, sizeof(sorted[0]), by_name);
	return ERR_OK;
}

/* A header's value without blanks around it and with single ones inside. */
static void put_value(struct buf *b, const char *v)
{
	bool blank = false, any = false;
	for (; *v; v++) {
		if (*v == ' ') {
			blank = true;
			continue;
		}
		if (blank && any)
			buf_u8(b, ' ');
		blank = false;
		any = true;
		buf_u8(b, (uint8_t)*v);
	}
}

static void put_names(struct buf *b, const struct sigv4_pair *const *sorted, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		put_text(b, i ? ";" : "");
		put_text(b, sorted[i]->name);
	}
}

err_t sigv4_canonical(const struct sigv4 *r, struct buf *out)
{
	const struct sigv4_pair *sorted[SIGV4_MAX_PAIRS];
	err_t e = sort_headers(r, sorted);
	if (e)
		return e;
	put_text(out, r->method);
	put_text(out, "\n");
	put_text(out, *r->path ? r->path : "/");
	put_text(out, "\n");
	put_text(out, r->query);
	put_text(out, "\n");
	for (size_t i = 0; i < r->n_headers; i++) {
		put_text(out, sorted[i]->name);
		put_text(out, ":");
		put_value(out, sorted[i]->value);
		put_text(out, "\n");
	}
	put_text(out, "\n");
	put_names(out, sorted, r->n_headers);
	put_text(out, "\n");
	put_text(out, r->payload);
	return buf_ok(out);
}

/* HMAC chain: secret, day, region, service, "aws4_request". */
static err_t signing_key(const struct sigv4 *r, const struct aws_keys *keys, struct key *ret)
{
	char secret[sizeof(keys->secret) + 4];
	int n = snprintf(secret, sizeof(secret), "AWS4%s", keys->secret);
	err_t e = crypto_hmac(SPAN(secret, (size_t)n), SPAN(r->date, 8), ret->b);
	crypto_wipe(secret, sizeof(secret));
	const char *parts[] = { r->region, r->service, "aws4_request" };
	for (size_t i = 0; i < ARRAY_LEN(parts) && !e; i++) {
		cleanup(key_wipe) struct key k = *ret;
		e = crypto_hmac(SPAN(k.b, sizeof(k.b)), span_str(parts[i]), ret->b);
	}
	return e;
}

static err_t string_to_sign(const struct sigv4 *r, const char *scope, struct buf *out)
{
	cleanup(buf_free) struct buf canonical = BUF_INIT;
	char hash[65];
	err_t e = sigv4_canonical(r, &canonical);
	if (!e)
		e = sigv4_hash(buf_span(&canonical), hash);
	if (e)
		return e;
	put_text(out, ALGORITHM "\n");
	put_text(out, r->date);
	put_text(out, "\n");
	put_text(out, scope);
	put_text(out, "\n");
	put_text(out, hash);
	return buf_ok(out);
}

err_t sigv4_sign(const struct sigv4 *r, const struct aws_keys *keys, struct buf *out)
{
	cleanup(buf_free) struct buf text = BUF_INIT;
	cleanup(key_wipe) struct key key = { { 0 } };
	const struct sigv4_pair *sorted[SIGV4_MAX_PAIRS];
	uint8_t mac[HASH_LEN];
	char scope[256], hex[2 * HASH_LEN + 1];
	int n = snprintf(scope, sizeof(scope), "%.8s/%s/%s/aws4_request", r->date, r->region, r->service);
	err_t e = (size_t)n < sizeof(scope) ? sort_headers(r, sorted) : ERR_LIMIT;
	if (!e)
		e = string_to_sign(r, scope, &text);
	if (!e)
		e = signing_key(r, keys, &key);
	if (!e)
		e = crypto_hmac(SPAN(key.b, sizeof(key.b)), buf_span(&text), mac);
	if (e)
		return e;
	hex_encode(mac, sizeof(mac), hex);
	put_text(out, ALGORITHM " Credential=");
	put_text(out, keys->id);
	put_text(out, "/");
	put_text(out, scope);
	put_text(out, ", SignedHeaders=");
	put_names(out, sorted, r->n_headers);
	put_text(out, ", Signature=");
	buf_put(out, hex, strlen(hex) + 1);
	return buf_ok(out);
}
