/* SPDX-License-Identifier: MIT
 * What every store must do, run against any of them. An empty place is needed; it is left empty.
 *   conformance suite URL [KEY=VALUE ...]        every check; exit 0 when all pass
 *   conformance expect OP ERROR URL [KEY=VALUE]  one call (check create put get list) must end like that (OK, NOSTORE
 * ...) conformance steady SECONDS URL [KEY=VALUE]   puts and gets through all layers that must all succeed in the end
 * Keys: endpoint region addressing ca user pass-file connections timeout-ms layers=1 skew (s3: seconds)
 * object (number of the one that expect uses).
 */
#include "tests/remote/conformance_checks.h"

#include "remote/open.h"
#include "remote/backends/dav.h"
#include "remote/backends/dir.h"
#include "remote/backends/mem.h"
#include "remote/backends/s3.h"

#include "util/cleanup.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

struct setup {
	struct store_config config;
	bool layers;
	long skew;
	unsigned object; /* expect: which one */
	unsigned failed;
};
static struct store *open_store(const struct setup *s, struct why *why)
{
	struct store *ret = NULL;
	const struct store_config *c = &s->config;
	err_t e;
	if (!strcmp(c->url, "mem:"))
		return store_mem_new();
	if (s->layers)
		e = store_open(c, &ret, why);
	else if (!strncmp(c->url, "s3:", 3))
		e = store_s3_open(c, &ret, why);
	else if (!strncmp(c->url, "http", 4))
		e = store_dav_open(c, &ret, why);
	else
		e = store_dir_open(c->url, &ret, why);
	if (e)
		why_set(why, e, "cannot open: %s", err_text(e));
	else if (s->skew)
		s3_skew(ret, s->skew);
	return ret;
}

/* --- the three commands --- */

static void check(struct setup *t, struct store *s, const struct check *c)
{
	int64_t before = now_ms();
	const char *wrong = c->fn(s);
	if (wrong) {
		printf("not ok - %s: %s\n", c->name, wrong);
		t->failed++;
		return;
	}
	printf("ok - %s (%lld ms)\n", c->name, (long long)(now_ms() - before));
}

static bool wanted(const struct setup *t, const struct check *c, bool anew)
{
	bool s3 = !strncmp(t->config.url, "s3:", 3) && !t->layers;
	return anew == (c->when == CHECK_ANEW) && (c->when != CHECK_PAGES || s3);
}

static void check_all(struct setup *t, struct store *s, bool anew)
{
	for (const struct check *c = checks; c->name; c++)
		if (wanted(t, c, anew))
			check(t, s, c);
}

static int suite(struct setup *t)
{
	struct why why = { "" };
	struct store *s = open_store(t, &why);
	if (!s) {
		printf("not ok - open: %s\n", why.text);
		return 1;
	}
	check_all(t, s, false);
	store_close(s);
	s = open_store(t, &why);
	if (s)
		check_all(t, s, true);
	store_close(s);
	return t->failed != 0;
}

struct answered {
	err_t e;
	atomic_bool done;
};

static void on_answer(void *ctx, err_t e, struct buf *body)
{
	struct answered *a = ctx;
	(void)body;
	a->e = e;
	atomic_store(&a->done, true);
}

static enum store_list_next to_the_end(void *ctx, const char *name, uint64_t size)
{
	(void)ctx, (void)name, (void)size;
	return STORE_LIST_NEXT;
}

static err_t one_call(struct store *s, const char *op, unsigned object, struct why *why)
{
	char name[33];
	struct store_answer words = { "" };
	struct answered a = { 0 };
	struct store_request r = { .name = name, .done = on_answer, .ctx = &a, .answer = &words };
	cleanup(buf_free) struct buf body = BUF_INIT;
	if (!strcmp(op, "check") || !strcmp(op, "create"))
		return s->ops->check(s, op[1] == 'r', why);
	if (!strcmp(op, "list"))
		return s->ops->list(s, to_the_end, NULL);
	name_of(object, name);
	fill(&body, 2 * MIB, 1);
	r.body = buf_span(&body);
	(*op == 'p' ? s->ops->put : s->ops->get)(s, &r);
	while (!atomic_load(&a.done))
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	snprintf(why->text, sizeof(why->text), "%s", words.text);
	return a.e;
}

/* not_opened: the error behind the words with which a store could not be opened. */
static err_t not_opened(const struct why *why)
{
	if (strstr(why->text, "http://"))
		return ERR_INVAL;
	return strstr(why->text, "certificates") ? ERR_TLS : ERR_DENIED;
}

static int expect(const struct setup *t, const char *op, const char *error)
{
	struct why why = { "" };
	struct store *s = open_store(t, &why);
	err_t e = s ? one_call(s, op, t->object, &why) : ERR_INVAL;
	if (!s) /* refused at opening: the sentence says why */
		e = not_opened(&why);
	store_close(s);
	bool words = e == ERR_OK || e == ERR_NOTFOUND || !strcmp(op, "list") || *why.text;
	bool ok = !strcmp(error_names[e], error) && words;
	printf("%s - %s ends with %s: %s\n", ok ? "ok" : "not ok", op, error_names[e], why.text);
	return !ok;
}

static int steady(const struct setup *t, int seconds)
{
	struct why why = { "" };
	struct setup layered = *t;
	layered.layers = true;
	struct store *s = open_store(&layered, &why);
	int64_t until = now_ms() + seconds * 1000, latest = until + 60000; /* a server may take its time to start */
	unsigned done = 0, failed = 0;
	cleanup(buf_free) struct buf body = BUF_INIT;
	while (s && now_ms() < (done <= 20 ? latest : until)) {
		cleanup(buf_free) struct buf got = BUF_INIT;
		char name[33];
		name_of(done % 50, name);
		fill(&body, 5000, done);
		bool ok = false;
		while (!ok && now_ms() < latest) { /* as a caller of the layers does: later is fine, wrong is not */
			err_t e = store_put_sync(s, name, buf_span(&body));
			if (!e)
				e = store_get_sync(s, name, 0, 0, 0, &got);
			ok = !e && same(&got, body.p, body.len);
			if (!e && !ok)
				break;
			if (e)
				nanosleep(&(struct timespec){ 0, 200 * 1000000 }, NULL);
		}
		failed += !ok;
		done++;
	}
	struct store_state st = { 0 };
	if (s)
		store_state_of(s, &st);
	store_close(s);
	bool ok = done > 20 && !failed && st.errors > 0 && st.online;
	printf("%s - %u rounds, %u failed, %llu errors on the way\n", ok ? "ok" : "not ok", done, failed,
	       (unsigned long long)st.errors);
	return !ok;
}

static bool option(struct setup *t, const char *arg)
{
	struct store_config *c = &t->config;
	const char *value = strchr(arg, '=');
	const struct {
		const char *key;
		const char **text;
	} texts[] = { { "endpoint=", &c->endpoint }, { "region=", &c->region }, { "addressing=", &c->addressing },
		      { "ca=", &c->ca_file },        { "user=", &c->user },     { "pass-file=", &c->pass_file },
		      { "profile=", &c->profile } };
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!strncmp(arg, texts[i].key, strlen(texts[i].key))) {
			*texts[i].text = arg + strlen(texts[i].key);
			return true;
		}
	long number = value ? strtol(value + 1, NULL, 10) : 0;
	if (!strncmp(arg, "connections=", 12))
		c->connections = (unsigned)number;
	else if (!strncmp(arg, "timeout-ms=", 11))
		c->timeout_ms = (unsigned)number;
	else if (!strncmp(arg, "layers=", 7))
		t->layers = number != 0;
	else if (!strncmp(arg, "object=", 7))
		t->object = (unsigned)number;
	else if (!strncmp(arg, "skew=", 5))
		t->skew = number;
	else
		return false;
	return true;
}

/* operands: how many stand between the command and the URL; negative: there is no such command. */
static int operands(const char *command)
{
	static const char *const commands[] = { "suite", "steady", "expect" };
	for (int i = 0; i < 3; i++)
		if (!strcmp(command, commands[i]))
			return i;
	return -3;
}

int main(int argc, char **argv)
{
	struct setup t = { .config = { .max_wait_ms = 2000 } };
	int at = 2 + operands(argc < 2 ? "" : argv[1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	bool ok = at >= 2 && at < argc;
	t.config.url = ok ? argv[at] : NULL;
	for (int i = at + 1; ok && i < argc; i++)
		ok = option(&t, argv[i]);
	if (!ok) {
		fprintf(stderr, "usage: conformance suite|steady SECONDS|expect OP ERROR URL [KEY=VALUE ...]\n");
		return 2;
	}
	if (at == 2)
		return suite(&t);
	return at == 3 ? steady(&t, atoi(argv[2])) : expect(&t, argv[2], argv[3]);
}
