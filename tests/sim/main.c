/* SPDX-License-Identifier: MIT
 * The simulator: README.md.
 *     sim [--kind K] [--seed S | --seeds N [--from S]] [--steps K] [--journal FILE] [--print]
 *     sim --script FILE [--journal FILE]
 *     sim --kinds
 *     sim --shrink SEED [--kind K] [--steps K]
 */
#include "tests/sim/world.h"

#include "tests/sim/heap.h"
#include "util/cleanup.h"
#include "util/log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
	const char *kind, *script, *journal, *shrink, *steps_text;
	uint64_t first, seeds;
	unsigned steps;
	bool print, kinds;
};

static bool option(struct options *o, const char *name, const char *value)
{
	if (!strcmp(name, "--kind"))
		o->kind = value;
	else if (!strcmp(name, "--script"))
		o->script = value;
	else if (!strcmp(name, "--journal"))
		o->journal = value;
	else if (!strcmp(name, "--shrink"))
		o->shrink = value;
	else if (!strcmp(name, "--seed"))
		o->first = strtoull(value, NULL, 10), o->seeds = 1;
	else if (!strcmp(name, "--from"))
		o->first = strtoull(value, NULL, 10);
	else if (!strcmp(name, "--seeds"))
		o->seeds = strtoull(value, NULL, 10);
	else if (!strcmp(name, "--steps"))
		o->steps = (unsigned)strtoul(o->steps_text = value, NULL, 10);
	else
		return false;
	return true;
}

static bool options(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--print"))
			o->print = true;
		else if (!strcmp(argv[i], "--kinds"))
			o->kinds = true;
		else if (i + 1 == argc || !option(o, argv[i], argv[i + 1]))
			return false;
		else
			i++;
	}
	return true;
}

static void run_here(const struct plan *p, FILE *file)
{
	struct journal j;
	char trace[33];
	const int64_t before = world_us();
	journal_begin(&j, file);
	const int64_t events = world_run(p, &j);
	snprintf(trace, sizeof(trace), "%016llx%016llx", (unsigned long long)j.all.a, (unsigned long long)j.all.b);
	if (file)
		fprintf(file, "{\"e\":\"done\",\"trace\":\"%s\"}\n", trace);
	printf("%s seed %llu: %zu events, %.1f of %.1f ms, trace %s\n", p->kind, (unsigned long long)p->seed, p->n,
	       (double)events / 1000, (double)(world_us() - before) / 1000, trace);
}

/* warm: what libcrypto looks up once in a process, once for all worlds. */
static void warm(void)
{
	const struct key key = { { 1 } };
	struct lthash sum = { 0 };
	struct hash digest;
	uint8_t public[32];
	struct aead *a = aead_new(CIPHER_AES256GCM, &key);
	if (!a || x25519(&key, NULL, public) || lthash_add(&sum, span_str("a"), span_str("b")) ||
	    lthash_digest(&sum, &digest))
		abort();
	aead_freep(&a);
}

/* run_plan: in a process of its own: an invariant of the product that does not hold ends it, and is told. */
static void run_plan(const struct plan *p, FILE *file)
{
	int status = 0;
	fflush(stdout);
	pid_t child = fork();
	if (!child) {
		heap_world();
		run_here(p, file);
		fflush(stdout);
		exit(0); /* a sanitizer looks for leaks */
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	if (!status)
		return;
	if (file)
		fprintf(file, "{\"e\":\"done\",\"crashed\":%d}\n", status);
	printf("%s seed %llu: %zu events, 0.0 ms, crashed %d\n", p->kind, (unsigned long long)p->seed, p->n, status);
}

static int run_seeds(const struct options *o, FILE *file)
{
	for (uint64_t s = o->first; s < o->first + o->seeds; s++) {
		struct plan p;
		if (!plan_make(&p, o->kind, s, o->steps))
			return 2;
		if (o->print)
			plan_write(&p, stdout);
		else
			run_plan(&p, file);
		plan_free(&p);
	}
	return 0;
}

static int run_script(const char *name, FILE *file)
{
	cleanup_file FILE *f = strcmp(name, "-") ? fopen(name, "re") : fdopen(dup(0), "r");
	struct plan p;
	if (!f || !plan_read(&p, f))
		return 2;
	run_plan(&p, file);
	plan_free(&p);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .kind = "handover", .first = 1, .seeds = 5, .steps = 40 };
	cleanup_file FILE *file = NULL;
	if (!options(&o, argc, argv)) {
		fprintf(stderr, "sim: tests/sim/README.md says what can be asked for\n");
		return 2;
	}
	for (unsigned i = 0; o.kinds && plan_kind_name(i); i++)
		printf("%s\n", plan_kind_name(i));
	if (o.kinds)
		return 0;
	bool loud = getenv("SIM_LOG");
	log_to(log_levels_all(loud ? LOG_DEBUG : LOG_ERROR), loud ? 2 : open("/dev/null", O_WRONLY | O_CLOEXEC));
	if (o.shrink) {
		execlp("python3", "python3", SIM_FOLDER "/shrink.py", argv[0], o.kind, o.shrink,
		       o.steps_text ? o.steps_text : "40", (char *)NULL);
		return 2;
	}
	warm();
	if (o.journal && (!(file = fopen(o.journal, "we")) || setvbuf(file, NULL, _IOLBF, 1 << 16)))
		return 2; /* whole lines: whoever writes may end at any of them */
	return o.script ? run_script(o.script, file) : run_seeds(&o, file);
}
