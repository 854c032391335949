/* SPDX-License-Identifier: MIT
 * Devices that work on one vault by vault/act, driven by lines on standard input (tests/act/README.md).
 */
#include "gc.h"
#include "show.h"
#include "user.h"

#include <string.h>

#define WORDS 8

/* Words are between spaces, or in '...'. Their number. */
static int split(char *line, char *word[WORDS])
{
	int n = 0;
	line[strcspn(line, "\n")] = 0;
	while (n < WORDS - 1) {
		line += strspn(line, " ");
		if (!*line)
			break;
		char end = *line == '\'' ? '\'' : ' ';
		line += end == '\'';
		word[n++] = line;
		line += strcspn(line, end == ' ' ? " " : "'");
		if (*line)
			*line++ = 0;
	}
	word[n] = NULL;
	return n;
}

static void sync_all(struct fleet *f)
{
	for (size_t i = 0; i < DEVICES; i++)
		if (f->devices[i].name[0])
			device_publish(f, &f->devices[i], NULL, 0);
	for (size_t i = 0; i < DEVICES; i++) {
		struct device *d = &f->devices[i];
		for (size_t k = 0; d->name[0] && k < f->n; k++) {
			if (!device_is_ready(d, f->commits[k]))
				continue;
			device_receive(d, f->commits[k]);
			k = (size_t)-1; /* what was not ready may be */
		}
	}
}

static void answer_commit(const struct commit *c)
{
	printf("ok %s\n", c ? c->id : "nothing");
}

static bool receive(struct fleet *f, struct device *d, const char *id)
{
	struct commit *c = id ? fleet_commit(f, id) : NULL;
	if (!c || !device_is_ready(d, c))
		return false;
	device_receive(d, c);
	return true;
}

static bool load(struct fleet *f, struct device *d, const char *from)
{
	struct device *other = from ? fleet_device(f, from) : NULL;
	if (other)
		device_load(d, other);
	return other;
}

static void snapshot(struct device *d)
{
	if (d->saved)
		state_free(d->saved);
	d->saved = device_save(d);
}

/* False: no such command, or not now. */
static bool act_of_device(struct fleet *f, struct device *d, char **word)
{
	const char *what = word[0];
	if (!strcmp(what, "receive"))
		return receive(f, d, word[1]);
	if (!strcmp(what, "load"))
		return load(f, d, word[1]);
	if (!strcmp(what, "snapshot"))
		snapshot(d);
	else if (!strcmp(what, "crash") && d->saved)
		device_restore(d, d->saved);
	else if (!strcmp(what, "list"))
		show_list(d);
	else if (!strcmp(what, "conflicts"))
		show_conflicts(d);
	else if (!strcmp(what, "digest"))
		show_digest(d);
	else
		return false;
	return true;
}

/* What is refused leaves nothing behind, as after a crash. */
static enum refusal try_as_user(struct device *d, char **word)
{
	struct state *s = device_save(d);
	enum refusal r = user_act(d, word);
	if (r)
		device_restore(d, s);
	state_free(s);
	return r;
}

static void answer(enum refusal r)
{
	if (r == USER_UNKNOWN)
		printf("failed unknown\n");
	else if (r)
		printf("refused %s\n", user_refusal(r));
	else
		printf("ok\n");
}

static void run(struct fleet *f, int n, char **word)
{
	struct device *d = n > 1 ? fleet_device(f, word[0]) : NULL;
	if (n == 1 && !strcmp(word[0], "sync")) {
		sync_all(f);
		printf("ok\n");
	} else if (n == 1 && !strcmp(word[0], "reset")) {
		fleet_free(f);
		printf("ok\n");
	} else if (!d) {
		printf("failed unknown\n");
	} else if (!strcmp(word[1], "publish")) {
		answer_commit(device_publish(f, d, NULL, 0));
	} else if (!strcmp(word[1], "gc")) {
		answer_commit(gc_publish(f, d));
	} else if (act_of_device(f, d, word + 1)) {
		printf("ok\n");
	} else {
		bool may_fail = !strcmp(word[1], "try");
		enum refusal r = may_fail ? try_as_user(d, word + 2) : user_act(d, word + 1);
		device_done(d);
		answer(r);
	}
}

int main(int argc, char **argv)
{
	struct fleet fleet = { 0 };
	for (int i = 1; i < argc; i++) {
		fleet.in_map |= !strcmp(argv[i], "--map");
		fleet.in_index |= !strcmp(argv[i], "--index");
		fleet.by_number |= !strcmp(argv[i], "--numbers");
	}
	cleanup_free char *line = NULL;
	size_t size = 0;
	while (getline(&line, &size, stdin) >= 0) {
		char *word[WORDS];
		int n = split(line, word);
		if (n)
			run(&fleet, n, word);
	}
	fleet_free(&fleet);
	return 0;
}
