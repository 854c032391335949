/* SPDX-License-Identifier: MIT
 * A store under a prefix of an S3 bucket. Requests are signed here (sigv4.c), just before they are sent, with the
 * payload's real SHA-256 and nothing else that vendors differ about. Listing is V2, V1 where the server knows no V2.
 */
#include "remote/backends/s3.h"

#include "remote/backends/s3_said.h"
#include "remote/http/http.h"
#include "remote/http/listing.h"
#include "remote/http/sigv4.h"
#include "remote/place/credentials.h"
#include "remote/place/url.h"
#include "remote/place/whose.h"
#include "remote/requests/name.h"
#include "remote/requests/store_op.h"
#include "util/cleanup.h"
#include "util/log.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define S3_PAGE_MAX (16u * 1024 * 1024)
#define SMALL_ANSWER (256u * 1024)
#define PAGE_KEYS 1000u
#define MAX_PAGES 10000000u

struct s3 {
	struct store base;
	struct http *http;
	struct aws_keys *keys; /* once it is open, of the HTTP thread, but for the region */
	struct whose whose;
	unsigned renewals;               /* the HTTP thread's: how often others were found */
	struct store_config_own *config; /* where they came from */
	char *root;                      /* https://host[:port], without the path */
	char host[600];                  /* the Host header */
	char path[300];                  /* "/bucket" in path style, else "" */
	char bucket[256];
	char prefix[520]; /* "" or "some/prefix/" */
	bool aws;
	atomic_llong skew;
	atomic_uint page_keys;
};
struct s3_call {
	struct http_call http;
	struct s3 *s;
	struct buf path, query; /* encoded, NUL-terminated */
	unsigned renewal;       /* which keys it was signed with */
	char payload[65];
};
struct s3_op {
	struct store_op op;
	struct s3_call call;
};

static struct s3_call *call_of(struct http_call *c)
{
	return (struct s3_call *)((char *)c - offsetof(struct s3_call, http));
}

static err_t judge(struct http_call *c)
{
	return s3_judge(c, call_of(c)->s->keys->from);
}

/* http_call.prepare: signs at the last moment, so that waiting in the queue does not make the date old. */
static err_t sign(struct http_call *c)
{
	struct s3_call *k = call_of(c);
	cleanup(buf_free) struct buf authorization = BUF_INIT;
	const struct s3 *s = k->s;
	char date[SIGV4_DATE_LEN];
	k->renewal = s->renewals;
	sigv4_date(time(NULL) + atomic_load(&k->s->skew), date);
	struct sigv4_pair headers[4] = { { "host", s->host },
		                         { "x-amz-content-sha256", k->payload },
		                         { "x-amz-date", date },
		                         { "x-amz-security-token", s->keys->token } };
	struct sigv4 r = { .method = c->method,
		           .path = (const char *)k->path.p,
		           .query = k->query.len ? (const char *)k->query.p : "",
		           .payload = k->payload,
		           .headers = headers,
		           .n_headers = *s->keys->token ? 4 : 3,
		           .region = s->keys->region,
		           .service = "s3",
		           .date = date };
	err_t e = sigv4_sign(&r, s->keys, &authorization);
	if (e)
		return e;
	buf_clear(&c->headers); /* of an earlier try */
	for (size_t i = 0; i < r.n_headers; i++)
		http_header(c, "%s: %s", headers[i].name, headers[i].value);
	http_header(c, "Authorization: %s", (const char *)authorization.p);
	if (c->has_body)
		http_header(c, "Content-Type: application/octet-stream");
	return buf_ok(&c->headers);
}

/* Completes a call: URL, payload hash, signing. `key`: below the bucket, plain. */
static err_t ready(struct s3 *s, struct s3_call *k, const char *method, const char *key, const struct sigv4_pair *query,
                   size_t n_query)
{
	k->s = s;
	k->http.method = method;
	k->http.prepare = sign;
	sigv4_encode(&k->path, s->path, true);
	buf_u8(&k->path, '/');
	sigv4_encode(&k->path, key, true);
	buf_u8(&k->path, 0);
	err_t e = buf_ok(&k->path);
	if (!e && n_query)
		e = sigv4_query(query, n_query, &k->query);
	if (!e)
		e = sigv4_hash(k->http.body, k->payload);
	if (e)
		return e;
	if (asprintf(&k->http.url, "%s%s%s%s", s->root, (char *)k->path.p, n_query ? "?" : "",
	             n_query ? (char *)k->query.p : "") >= 0)
		return ERR_OK;
	k->http.url = NULL;
	return ERR_NOMEM;
}

static void release(struct s3_call *k)
{
	buf_free(&k->path);
	buf_free(&k->query);
	http_release(&k->http);
}

/* renewed: whether there are other keys than those that were refused; they may have been written meanwhile. */
static bool renewed(const struct s3_call *k)
{
	struct s3 *s = k->s;
	if (k->renewal != s->renewals)
		return true;
	if (aws_again(&s->config->c, s->keys))
		return false;
	log_info(AREA_REMOTE, "other keys were found");
	whose_keys(&s->whose, s->keys);
	s->renewals++;
	return true;
}

static void answer(struct s3_op *o, err_t e)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct store_answer *a = o->op.r.answer;
	if (a && e) {
		snprintf(a->text, sizeof(a->text), "%s", o->call.http.text);
		a->retry_after_ms = headers_retry_ms(&o->call.http.answer_headers, time(NULL));
		a->alone = o->call.http.status == 500;
		a->renewed = (e == ERR_DENIED || e == ERR_REFUSED) && o->call.http.status && renewed(&o->call);
	}
	buf_move(&body, &o->call.http.answer);
	release(&o->call);
	store_op_answer(&o->op, e, o->op.kind == STORE_GET ? &body : NULL);
}

static void done(struct http_call *c)
{
	struct s3_op *o = (struct s3_op *)((char *)c - offsetof(struct s3_op, call.http));
	err_t e = judge(c);
	if (e == ERR_NOTFOUND && o->op.kind == STORE_DEL)
		e = ERR_OK;
	else if (e == ERR_NOTFOUND && o->op.kind == STORE_PUT)
		e = ERR_NOSTORE;
	else if (!e && o->op.kind == STORE_GET && c->status != 200 && c->status != 206)
		e = http_say(c, ERR_NET, "The server answers a GET with HTTP %u: is the address right?", c->status);
	answer(o, e);
}

static void submit(struct store *base, enum store_op_kind kind, const struct store_request *r)
{
	static const char *const methods[] = { "PUT", "GET", "DELETE" };
	struct s3 *s = (struct s3 *)base;
	char path[STORE_PATH_MAX], key[sizeof(s->prefix) + sizeof(path)];
	struct s3_op *o = store_op_new(sizeof(*o), kind, r);
	if (!o)
		return;
	o->call.http.done = done;
	o->call.http.urgency = r->urgency;
	o->call.http.limit = kind == STORE_GET ? store_op_limit(r) : SMALL_ANSWER;
	o->call.http.has_body = kind == STORE_PUT;
	if (kind == STORE_PUT)
		o->call.http.body = r->body;
	if (kind == STORE_GET) {
		o->call.http.offset = r->offset;
		o->call.http.length = r->length;
	}
	store_name_path(o->op.name, path);
	snprintf(key, sizeof(key), "%s%s", s->prefix, path);
	err_t e = ready(s, &o->call, methods[kind], key, NULL, 0);
	if (e)
		answer(o, e);
	else
		http_submit(s->http, &o->call.http);
}

static void s3_put(struct store *s, const struct store_request *r)
{
	submit(s, STORE_PUT, r);
}

static void s3_get(struct store *s, const struct store_request *r)
{
	submit(s, STORE_GET, r);
}

static void s3_del(struct store *s, const struct store_request *r)
{
	submit(s, STORE_DEL, r);
}

/* A blocking call on the bucket itself. */
static err_t run(struct s3 *s, struct s3_call *k, const char *method, const char *key, const struct sigv4_pair *query,
                 size_t n)
{
	err_t e = ready(s, k, method, key, query, n);
	if (e)
		return e;
	e = http_run(s->http, &k->http);
	return e ? e : judge(&k->http);
}

/* --- list --- */

struct s3_listing {
	struct s3 *s;
	store_list_fn fn;
	void *ctx;
	bool v1;
	char token[1025], marker[1025];
};

static enum store_list_next list_entry(void *ctx, const char *key, uint64_t size)
{
	struct s3_listing *w = ctx;
	char path[STORE_PATH_MAX];
	size_t n = strlen(w->s->prefix);
	if (strncmp(key, w->s->prefix, n) != 0)
		return STORE_LIST_NEXT;
	const char *rest = key + n, *slash = strchr(rest, '/'), *name = slash ? slash + 1 : rest;
	if (!store_name_ok(name))
		return STORE_LIST_NEXT;
	store_name_path(name, path);
	return strcmp(path, rest) ? STORE_LIST_NEXT : w->fn(w->ctx, name, size);
}

static err_t get_page(struct s3_listing *w, struct s3_page *page)
{
	cleanup(release) struct s3_call k = { .http = { .limit = S3_PAGE_MAX } };
	char keys[16];
	snprintf(keys, sizeof(keys), "%u", atomic_load(&w->s->page_keys));
	struct sigv4_pair query[4] = { { "max-keys", keys }, { "prefix", w->s->prefix } };
	size_t n = 2;
	if (!w->v1)
		query[n++] = (struct sigv4_pair){ "list-type", "2" };
	if (!w->v1 && *w->token)
		query[n++] = (struct sigv4_pair){ "continuation-token", w->token };
	if (w->v1 && *w->marker)
		query[n++] = (struct sigv4_pair){ "marker", w->marker };
	err_t e = run(w->s, &k, "GET", "", query, n);
	if (e && !w->v1 && !*w->marker && !k.http.e && (k.http.status == 400 || k.http.status == 501)) {
		w->v1 = true; /* knows no V2 */
		return get_page(w, page);
	}
	if (!e)
		e = s3_list_parse(buf_span(&k.http.answer), list_entry, w, page);
	return e == ERR_DAMAGED ? ERR_NET : e;
}

static err_t s3_list(struct store *base, store_list_fn fn, void *ctx)
{
	struct s3_listing w = { .s = (struct s3 *)base, .fn = fn, .ctx = ctx };
	for (unsigned i = 0; i < MAX_PAGES; i++) {
		struct s3_page page;
		err_t e = get_page(&w, &page);
		if (e == ERR_NOTFOUND)
			return ERR_NOSTORE;
		if (e || page.ended || !page.truncated)
			return e;
		/* some vendors hand out the same page for ever: each must lie behind the one before */
		if (strcmp(page.marker, w.marker) <= 0)
			return ERR_NET;
		w.v1 = w.v1 || !*page.token; /* asked for V2, answered V1 */
		memcpy(w.token, page.token, sizeof(w.token));
		memcpy(w.marker, page.marker, sizeof(w.marker));
	}
	return ERR_NET;
}

/* --- check --- */

static err_t fail(const struct s3 *s, const struct http_call *c, err_t e, struct why *why)
{
	return why_set(why, e, "Bucket %s: %s", s->bucket, *c->text ? c->text : err_text(e));
}

/* Keys that may not list can still be good for everything else: ask for the header. */
static err_t check_by_get(struct s3 *s, struct why *why)
{
	cleanup(release) struct s3_call k = { .http = { .limit = S3_PAGE_MAX } };
	char key[sizeof(s->prefix) + sizeof(STORE_HEADER)];
	snprintf(key, sizeof(key), "%s" STORE_HEADER, s->prefix);
	err_t e = run(s, &k, "GET", key, NULL, 0);
	return e && e != ERR_NOTFOUND ? fail(s, &k.http, e, why) : ERR_OK;
}

static err_t make_bucket(struct s3 *s, struct why *why)
{
	char body[256] = "";
	cleanup(release) struct s3_call k = { .http = { .limit = SMALL_ANSWER, .has_body = true } };
	if (s->aws && strcmp(s->keys->region, "us-east-1") != 0)
		snprintf(body, sizeof(body),
		         "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
		         "<LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>",
		         s->keys->region);
	k.http.body = span_str(body);
	err_t e = run(s, &k, "PUT", "", NULL, 0);
	if (e == ERR_NOTFOUND)
		e = ERR_NOSTORE;
	return e ? fail(s, &k.http, e, why) : ERR_OK;
}

static err_t s3_check(struct store *base, bool create, struct why *why)
{
	struct s3 *s = (struct s3 *)base;
	cleanup(release) struct s3_call k = { .http = { .limit = S3_PAGE_MAX } };
	struct sigv4_pair query[] = { { "list-type", "2" }, { "max-keys", "1" }, { "prefix", s->prefix } };
	err_t e = run(s, &k, "GET", "", query, ARRAY_LEN(query));
	if (e == ERR_NOTFOUND)
		e = ERR_NOSTORE;
	if (e == ERR_NOSTORE && create && k.http.status == 404)
		return make_bucket(s, why);
	if (e == ERR_REFUSED && strstr(k.http.text, "AccessDenied"))
		return check_by_get(s, why);
	return e ? fail(s, &k.http, e, why) : ERR_OK;
}

struct s3_looked {
	const char *prefix;
	struct store_place *place;
};

/* look_entry: what consoles make a "folder" of is an object named as the prefix itself. */
static enum store_list_next look_entry(void *ctx, const char *key, uint64_t size)
{
	struct s3_looked *w = ctx;
	size_t n = strlen(w->prefix);
	(void)size;
	if (!strncmp(key, w->prefix, n) && key[n])
		store_name_seen(w->place, key + n);
	return STORE_LIST_NEXT;
}

static err_t s3_look(struct store *base, struct store_place *ret, struct why *why)
{
	struct s3 *s = (struct s3 *)base;
	cleanup(release) struct s3_call k = { .http = { .limit = S3_PAGE_MAX } };
	struct sigv4_pair query[] = { { "list-type", "2" }, { "max-keys", "1000" }, { "prefix", s->prefix } };
	struct s3_looked w = { s->prefix, ret };
	struct s3_page page;
	*ret = (struct store_place){ .state = STORE_PLACE_EMPTY };
	err_t e = run(s, &k, "GET", "", query, ARRAY_LEN(query));
	if ((e == ERR_NOTFOUND || e == ERR_NOSTORE) && k.http.status == 404) {
		ret->state = STORE_PLACE_ABSENT;
		return ERR_OK;
	}
	if (e == ERR_REFUSED && strstr(k.http.text, "AccessDenied")) {
		ret->state = STORE_PLACE_UNKNOWN;
		return check_by_get(s, why);
	}
	if (e)
		return fail(s, &k.http, e == ERR_NOTFOUND ? ERR_NOSTORE : e, why);
	e = s3_list_parse(buf_span(&k.http.answer), look_entry, &w, &page);
	return e == ERR_DAMAGED ? fail(s, &k.http, ERR_NET, why) : e;
}

void s3_skew(struct store *s, int64_t seconds)
{
	atomic_store(&((struct s3 *)s)->skew, seconds);
}

void s3_page_size(struct store *s, unsigned keys)
{
	atomic_store(&((struct s3 *)s)->page_keys, keys);
}

static void s3_shutdown(struct store *s)
{
	http_shutdown(((struct s3 *)s)->http);
}

static void s3_destroy(struct store *base)
{
	struct s3 *s = (struct s3 *)base;
	http_free(s->http);
	secret_free(s->keys);
	whose_destroy(&s->whose);
	store_config_free(s->config);
	free(s->root);
	free(s);
}

static void s3_limit(struct store *s, uint64_t up, uint64_t down)
{
	http_limit(((struct s3 *)s)->http, up, down);
}

static void s3_whose(struct store *s, char out[STORE_WHOSE_MAX])
{
	whose_get(&((struct s3 *)s)->whose, out);
}

static const struct store_ops s3_ops = { s3_put,      s3_get,     s3_del,   s3_list, s3_check,
	                                 s3_shutdown, s3_destroy, s3_limit, s3_look, s3_whose };

/* Host, root URL and path of the bucket. Custom endpoints get path style unless told, AWS the bucket as a host name
 * unless it is none or has dots, which the certificate does not cover. */
static err_t place(struct s3 *s, const struct store_config *c, const struct url *bucket, struct http_config *h)
{
	struct url u = { .scheme = URL_HTTPS };
	char port[8] = "", own[300] = "";
	err_t e = c->endpoint ? url_parse(c->endpoint, &u, NULL) : ERR_OK;
	if (e)
		return e;
	const char *region = s->keys->region;
	s->aws = !c->endpoint;
	if (s->aws)
		snprintf(u.host, sizeof(u.host), "s3.%s.amazonaws.com%s", region,
		         strncmp(region, "cn-", 3) ? "" : ".cn");
	bool path = !s->aws || strchr(bucket->host, '.') || !url_host_bucket(bucket->host);
	if (c->addressing)
		path = !strcmp(c->addressing, "path");
	if (u.port)
		snprintf(port, sizeof(port), ":%u", u.port);
	if (!path)
		snprintf(own, sizeof(own), "%s.", bucket->host);
	snprintf(s->host, sizeof(s->host), "%s%s%s", own, u.host, port);
	snprintf(s->bucket, sizeof(s->bucket), "%s", bucket->host);
	if (path)
		snprintf(s->path, sizeof(s->path), "/%s", bucket->host);
	snprintf(s->prefix, sizeof(s->prefix), "%.512s%s", bucket->path, *bucket->path ? "/" : "");
	snprintf(h->host, sizeof(h->host), "%s", u.host);
	h->loopback = url_loopback(u.host);
	if (asprintf(&s->root, "http%s://%s", u.scheme == URL_HTTPS ? "s" : "", s->host) < 0) {
		s->root = NULL;
		return ERR_NOMEM;
	}
	return ERR_OK;
}

err_t store_s3_open(const struct store_config *c, struct store **ret, struct why *why)
{
	struct url u;
	err_t e = store_parse(c, why);
	if (!e)
		e = url_parse(c->url, &u, why);
	if (!e && u.scheme != URL_S3)
		e = why_set(why, ERR_INVAL, "Not an s3:// URL.");
	if (e)
		return e;
	struct s3 *s = calloc(1, sizeof(*s));
	if (!s)
		return ERR_NOMEM;
	struct http_config h = { .ca_file = c->ca_file, .connections = c->connections, .timeout_ms = c->timeout_ms };
	s->base.ops = &s3_ops;
	whose_init(&s->whose);
	atomic_init(&s->page_keys, PAGE_KEYS);
	s->config = store_config_copy(c);
	e = s->config ? aws_load(c, &s->keys, why) : ERR_NOMEM;
	if (!e)
		e = place(s, c, &u, &h);
	if (!e)
		e = http_new(&h, &s->http, why);
	if (!e)
		whose_keys(&s->whose, s->keys);
	if (e) {
		s3_destroy(&s->base);
		return e;
	}
	*ret = &s->base;
	return ERR_OK;
}
