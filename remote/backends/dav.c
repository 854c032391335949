/* SPDX-License-Identifier: MIT
 * A store in a WebDAV collection. PUTs go straight to the final name; fan-out collections are made when a PUT finds
 * them missing (before it, when the body is large) and remembered.
 */
#include "remote/backends/dav.h"

#include "remote/http/http.h"
#include "remote/http/listing.h"
#include "remote/place/credentials.h"
#include "remote/place/url.h"
#include "remote/place/whose.h"
#include "remote/requests/name.h"
#include "remote/requests/store_op.h"
#include "util/cleanup.h"
#include "util/hex.h"
#include "util/log.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define EAGER_BYTES (256u * 1024) /* a body that is not worth sending in vain */
#define DAV_PAGE_MAX (64u * 1024 * 1024)
#define SMALL_ANSWER (256u * 1024)
#define ASK                                                                                                            \
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>"                                                                   \
	"<propfind xmlns=\"DAV:\"><prop><resourcetype/><getcontentlength/></prop></propfind>"

struct dav {
	struct store base;
	struct http *http;
	struct store_config_own *config; /* where the login came from */
	struct whose whose;
	unsigned logins;       /* the HTTP thread's: how many were found since the opening */
	char *root;            /* URL of the collection, without a slash at the end */
	size_t server;         /* how much of it is https://host:port */
	atomic_bool made[256]; /* fan-out collections known to be there */
};
struct dav_op {
	struct store_op op;
	struct http_call call;
	struct dav *d;
	bool made_folder;  /* MKCOL was tried for this op ... */
	bool folder_there; /* ... and left no doubt */
	unsigned login;    /* which of the logins it was sent with */
};

static struct dav_op *owner(struct http_call *c)
{
	return (struct dav_op *)((char *)c - offsetof(struct dav_op, call));
}

/* The number of an object's fan-out collection; false: it lies in the root. */
static bool folder_of(const char *name, uint8_t *ret)
{
	char two[3] = { name[0], name[1], 0 };
	return strcmp(name, STORE_HEADER) && hex_decode(two, ret, 1);
}

/* renewed: whether there is another login than the one that was refused; it may have been written meanwhile. */
static bool renewed(struct dav_op *o)
{
	struct dav *d = o->d;
	struct login *l;
	struct url u;
	if (o->login != d->logins)
		return true;
	if (url_parse(d->config->c.url, &u, NULL) || login_again(&d->config->c, &u, http_login_now(d->http), &l))
		return false;
	log_info(AREA_REMOTE, "another user or password was found");
	whose_login(&d->whose, l);
	http_login(d->http, l);
	d->logins++;
	return true;
}

static err_t note_login(struct http_call *c)
{
	struct dav_op *o = owner(c);
	o->login = o->d->logins;
	return ERR_OK;
}

static void answer(struct dav_op *o, err_t e)
{
	cleanup(buf_free) struct buf body = BUF_INIT;
	struct store_answer *a = o->op.r.answer;
	if (a && e) {
		snprintf(a->text, sizeof(a->text), "%s", o->call.text);
		a->retry_after_ms = headers_retry_ms(&o->call.answer_headers, time(NULL));
		a->alone = o->call.status == 500;
		a->renewed = (e == ERR_DENIED || e == ERR_REFUSED) && o->call.status && renewed(o);
	}
	buf_move(&body, &o->call.answer);
	http_release(&o->call);
	store_op_answer(&o->op, e, o->op.kind == STORE_GET ? &body : NULL);
}

static char *object_url(const struct dav *d, const char *name)
{
	char path[STORE_PATH_MAX], *url;
	store_name_path(name, path);
	return asprintf(&url, "%s/%s", d->root, path) < 0 ? NULL : url;
}

static char *folder_url(const struct dav *d, const char *folder)
{
	char *url;
	const char *slash = *folder ? "/" : "";
	return asprintf(&url, "%s/%s%s", d->root, folder, slash) < 0 ? NULL : url;
}

static void send_put(struct dav_op *o);
static void send_mkcol(struct dav_op *o);

/* Gives the op's call a new URL and submits it. */
static void send(struct dav_op *o, char *url, const char *method, void (*done)(struct http_call *))
{
	http_reset(&o->call);
	free(o->call.url);
	o->call.url = url;
	o->call.method = method;
	o->call.done = done;
	o->call.prepare = note_login;
	o->call.e = url ? ERR_OK : ERR_NOMEM;
	if (url)
		http_submit(o->d->http, &o->call);
	else
		answer(o, ERR_NOMEM);
}

static err_t no_place(struct http_call *c, const struct dav *d)
{
	return http_say(c, ERR_NOSTORE, "The folder %s is not on the server: is the address right?",
	                d->root + d->server);
}

static void mkcol_done(struct http_call *c)
{
	struct dav_op *o = owner(c);
	err_t e = http_judge(c);
	o->folder_there = !c->e && (!e || c->status == 405);
	if (!c->e && (c->status == 404 || c->status == 409))
		e = no_place(c, o->d);
	else if (!c->e && c->status != 401 && c->status != 507)
		e = ERR_OK; /* it was there (405), or a racing one won (403 of some servers): the PUT will show */
	if (e)
		answer(o, e);
	else
		send_put(o);
}

static void put_done(struct http_call *c)
{
	struct dav_op *o = owner(c);
	err_t e = http_judge(c);
	uint8_t folder;
	bool fans = folder_of(o->op.name, &folder);
	bool missing = !c->e && (c->status == 404 || c->status == 409);
	if (!e && fans)
		atomic_store(&o->d->made[folder], true);
	if (fans && !o->made_folder && (missing || (!c->e && c->status == 500))) {
		atomic_store(&o->d->made[folder], false);
		send_mkcol(o);
		return;
	}
	if (missing && o->folder_there) /* rclone says so when its disk is full */
		e = http_say(c, ERR_NET,
		             "The server takes no files although their folder is there (HTTP %u): see its log.",
		             c->status);
	else if (missing)
		e = no_place(c, o->d);
	answer(o, e);
}

static void send_put(struct dav_op *o)
{
	o->call.body = o->op.r.body;
	o->call.has_body = true;
	send(o, object_url(o->d, o->op.name), "PUT", put_done);
}

static void send_mkcol(struct dav_op *o)
{
	char two[3] = { o->op.name[0], o->op.name[1], 0 };
	o->made_folder = true;
	o->call.has_body = false;
	send(o, folder_url(o->d, two), "MKCOL", mkcol_done);
}

static void get_done(struct http_call *c)
{
	err_t e = http_judge(c);
	if (!e && c->status != 200 && c->status != 206)
		e = http_say(c, ERR_NET, "The server answers a GET with HTTP %u: is the address right?", c->status);
	answer(owner(c), e);
}

static void del_done(struct http_call *c)
{
	err_t e = http_judge(c);
	answer(owner(c), e == ERR_NOTFOUND ? ERR_OK : e);
}

static struct dav_op *new_op(struct store *s, enum store_op_kind kind, const struct store_request *r)
{
	struct dav_op *o = store_op_new(sizeof(*o), kind, r);
	if (!o)
		return NULL;
	o->d = (struct dav *)s;
	o->call.urgency = r->urgency;
	o->call.limit = kind == STORE_GET ? store_op_limit(r) : SMALL_ANSWER;
	return o;
}

static void dav_put(struct store *s, const struct store_request *r)
{
	struct dav_op *o = new_op(s, STORE_PUT, r);
	uint8_t folder;
	if (!o)
		return;
	if (r->body.len > EAGER_BYTES && folder_of(o->op.name, &folder) && !atomic_load(&o->d->made[folder]))
		send_mkcol(o);
	else
		send_put(o);
}

static void dav_get(struct store *s, const struct store_request *r)
{
	struct dav_op *o = new_op(s, STORE_GET, r);
	if (!o)
		return;
	o->call.offset = r->offset;
	o->call.length = r->length;
	send(o, object_url(o->d, o->op.name), "GET", get_done);
}

static void dav_del(struct store *s, const struct store_request *r)
{
	struct dav_op *o = new_op(s, STORE_DEL, r);
	if (o)
		send(o, object_url(o->d, o->op.name), "DELETE", del_done);
}

/* --- blocking calls --- */

static err_t propfind(struct dav *d, const char *folder, int depth, struct http_call *c)
{
	*c = (struct http_call){ .method = "PROPFIND", .body = span_str(ASK), .has_body = true, .limit = DAV_PAGE_MAX };
	c->url = folder_url(d, folder);
	http_header(c, "Depth: %d", depth);
	http_header(c, "Content-Type: application/xml");
	return c->url ? http_run(d->http, c) : ERR_NOMEM;
}

/* What a PROPFIND's status says; anything but 207 is an error here. */
static err_t judge_propfind(const struct dav *d, struct http_call *c)
{
	err_t e = http_judge(c);
	if (e == ERR_NOTFOUND)
		return no_place(c, d);
	if (!c->e && (c->status == 405 || c->status == 501 || (!e && c->status != 207)))
		return http_say(c, ERR_NET, "The server does not speak WebDAV at %s (HTTP %u): is the address right?",
		                d->root + d->server, c->status);
	return e;
}

struct dav_listing {
	struct dav *d;
	store_list_fn fn;
	void *ctx;
	char folder[3]; /* "" in the root */
	bool ended;     /* fn has had enough */
	bool folders[256];
};

static enum store_list_next list_entry(void *ctx, const char *name, bool collection, uint64_t size)
{
	struct dav_listing *w = ctx;
	uint8_t n;
	if (collection && !*w->folder && hex_decode(name, &n, 1))
		w->folders[n] = true;
	bool here =
	        *w->folder ? !strncmp(name, w->folder, 2) && strcmp(name, STORE_HEADER) : !strcmp(name, STORE_HEADER);
	if (!collection && here && store_name_ok(name))
		w->ended = w->fn(w->ctx, name, size) == STORE_LIST_STOP;
	return w->ended ? STORE_LIST_STOP : STORE_LIST_NEXT;
}

static err_t list_folder(struct dav_listing *w)
{
	cleanup(http_release) struct http_call c;
	struct dav_page page;
	err_t e = propfind(w->d, w->folder, 1, &c);
	if (!e && *w->folder && c.status == 404)
		return ERR_OK; /* went away, or is only named like a fan-out collection */
	if (!e)
		e = judge_propfind(w->d, &c);
	if (!e)
		e = dav_list_parse(buf_span(&c.answer), list_entry, w, &page);
	if (!e && !page.ended && !page.responses)
		e = ERR_NET; /* a listing without even the collection itself is no listing */
	return e == ERR_DAMAGED ? ERR_NET : e;
}

static err_t dav_list(struct store *s, store_list_fn fn, void *ctx)
{
	struct dav_listing w = { .d = (struct dav *)s, .fn = fn, .ctx = ctx };
	err_t e = list_folder(&w);
	for (unsigned i = 0; i < 256 && !e && !w.ended; i++) {
		uint8_t byte = (uint8_t)i;
		hex_encode(&byte, 1, w.folder);
		if (w.folders[i])
			e = list_folder(&w);
	}
	return e;
}

/* Makes the collection of `url` (which ends in a slash) and its parents. */
static err_t make(struct dav *d, const char *url, struct why *why)
{
	for (int again = 0; again < 2; again++) {
		cleanup(http_release) struct http_call c = { .method = "MKCOL", .limit = SMALL_ANSWER };
		c.url = strdup(url);
		err_t e = c.url ? http_run(d->http, &c) : ERR_NOMEM;
		if (!e && (c.status == 201 || c.status == 405))
			return ERR_OK;
		bool parent = !e && (c.status == 409 || c.status == 404) && !again;
		if (!parent) {
			e = http_judge(&c);
			const char *text = *c.text ? c.text : err_text(e);
			return why_set(why, e ? e : ERR_NET, "The folder %s cannot be made: %s", url + d->server, text);
		}
		cleanup_free char *up = strndup(url, strlen(url) - 1);
		char *slash = up ? strrchr(up, '/') : NULL;
		if (!slash || slash <= up + d->server)
			return why_set(why, up ? ERR_NOSTORE : ERR_NOMEM,
			               "The folder %s cannot be made: make it there by other means.", url + d->server);
		slash[1] = 0;
		e = make(d, up, why);
		if (e)
			return e;
	}
	return why_set(why, ERR_NOSTORE, "The folder %s cannot be made: make it there by other means.",
	               url + d->server);
}

static enum store_list_next check_entry(void *ctx, const char *name, bool collection, uint64_t size)
{
	(void)name, (void)size;
	*(bool *)ctx = collection;
	return STORE_LIST_STOP;
}

static err_t dav_check(struct store *s, bool create, struct why *why)
{
	struct dav *d = (struct dav *)s;
	cleanup(http_release) struct http_call c;
	struct dav_page page;
	bool collection = false;
	err_t e = propfind(d, "", 0, &c);
	if (!e)
		e = judge_propfind(d, &c);
	if (e == ERR_NOSTORE && create) {
		cleanup_free char *url = folder_url(d, "");
		return url ? make(d, url, why) : ERR_NOMEM;
	}
	if (e)
		return why_set(why, e, "%s", *c.text ? c.text : err_text(e));
	e = dav_list_parse(buf_span(&c.answer), check_entry, &collection, &page);
	if (e == ERR_NOMEM)
		return e;
	if (e || !collection)
		return why_set(why, e ? ERR_NET : ERR_NOSTORE,
		               "%s is not a folder on a WebDAV server: is the address right?", d->root);
	return ERR_OK;
}

struct dav_look {
	struct store_place *place;
	unsigned members;
};

/* look_entry: the collection itself is among its members, and servers name it first. */
static enum store_list_next look_entry(void *ctx, const char *name, bool collection, uint64_t size)
{
	struct dav_look *w = ctx;
	(void)collection, (void)size;
	if (++w->members > 1)
		store_name_seen(w->place, name);
	return STORE_LIST_NEXT;
}

static err_t dav_look(struct store *s, struct store_place *ret, struct why *why)
{
	struct dav *d = (struct dav *)s;
	cleanup(http_release) struct http_call c;
	struct dav_page page;
	struct dav_look w = { .place = ret };
	*ret = (struct store_place){ .state = STORE_PLACE_EMPTY };
	err_t e = propfind(d, "", 1, &c);
	if (!e)
		e = judge_propfind(d, &c);
	if (e == ERR_NOSTORE) {
		ret->state = STORE_PLACE_ABSENT;
		return ERR_OK;
	}
	if (e)
		return why_set(why, e, "%s", *c.text ? c.text : err_text(e));
	e = dav_list_parse(buf_span(&c.answer), look_entry, &w, &page);
	return e == ERR_DAMAGED
	               ? why_set(why, ERR_NET, "%s is not a folder on a WebDAV server: is the address right?", d->root)
	               : e;
}

static void dav_shutdown(struct store *s)
{
	http_shutdown(((struct dav *)s)->http);
}

static void dav_destroy(struct store *s)
{
	struct dav *d = (struct dav *)s;
	http_free(d->http);
	store_config_free(d->config);
	whose_destroy(&d->whose);
	free(d->root);
	free(d);
}

static void dav_limit(struct store *s, uint64_t up, uint64_t down)
{
	http_limit(((struct dav *)s)->http, up, down);
}

static void dav_whose(struct store *s, char out[STORE_WHOSE_MAX])
{
	whose_get(&((struct dav *)s)->whose, out);
}

static const struct store_ops dav_ops = { dav_put,      dav_get,     dav_del,   dav_list, dav_check,
	                                  dav_shutdown, dav_destroy, dav_limit, dav_look, dav_whose };

static err_t set_root(struct dav *d, const struct url *u)
{
	char port[8] = "";
	if (u->port)
		snprintf(port, sizeof(port), ":%u", u->port);
	int n = asprintf(&d->root, "http%s://%s%s%s", u->scheme == URL_HTTPS ? "s" : "", u->host, port, u->path);
	if (n < 0) {
		d->root = NULL;
		return ERR_NOMEM;
	}
	d->server = (size_t)n - strlen(u->path);
	return ERR_OK;
}

static err_t set_up(struct dav *d, const struct store_config *c, const struct url *u)
{
	d->config = store_config_copy(c);
	return d->config ? set_root(d, u) : ERR_NOMEM;
}

err_t store_dav_open(const struct store_config *c, struct store **ret, struct why *why)
{
	struct url u;
	err_t e = store_parse(c, why);
	if (!e)
		e = url_parse(c->url, &u, why);
	if (e)
		return e;
	if (u.scheme != URL_HTTP && u.scheme != URL_HTTPS)
		return why_set(why, ERR_INVAL, "Not a WebDAV URL.");
	struct http_config h = { .loopback = url_loopback(u.host),
		                 .ca_file = c->ca_file,
		                 .connections = c->connections,
		                 .timeout_ms = c->timeout_ms };
	snprintf(h.host, sizeof(h.host), "%s", u.host);
	e = login_load(c, &u, &h.login, why);
	if (e)
		return e;
	struct dav *d = calloc(1, sizeof(*d));
	if (d) {
		whose_init(&d->whose);
		whose_login(&d->whose, h.login);
	}
	e = d ? set_up(d, c, &u) : ERR_NOMEM;
	if (e)
		secret_free(h.login);
	else
		e = http_new(&h, &d->http, why);
	if (e) {
		if (d)
			dav_destroy(&d->base);
		return e;
	}
	d->base.ops = &dav_ops;
	*ret = &d->base;
	return ERR_OK;
}
