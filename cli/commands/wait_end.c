/* SPDX-License-Identifier: MIT */
#include "cli/commands/wait_end.h"

#include "cli/control/client.h"
#include "cli/ui/progress.h"
#include "util/cleanup.h"
#include "util/deadline.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#define END_MS 120000
#define TICK_MS 200

struct wait {
	const struct vault_dir *v;
	bool quiet, said;
	struct progress bar;
	json_int_t first_sent;
	struct deadline end;
};

static void say(struct wait *w, const json_t *answer)
{
	const char *words = json_string_value(json_object_get(answer, "words"));
	if (!w->quiet && !w->bar.on && words && words[0])
		printf("Uploading what is left of %s: %s (Ctrl-C locks without waiting)\n", w->v->name, words);
	fflush(stdout);
	w->first_sent = json_integer_value(json_object_get(answer, "sent"));
	w->said = true;
}

/* ask: how far it is. Nobody answers: it is about its end. */
static void ask(struct wait *w, bool now)
{
	cleanup(control_reply_free) struct control_reply r;
	if (control_call(w->v->fd, json_pack("{s:s,s:b}", "op", "ending", "now", now), NULL, &r) ||
	    !json_is_true(json_object_get(r.json, "ending")))
		return;
	json_int_t sent = json_integer_value(json_object_get(r.json, "sent"));
	json_int_t left = json_integer_value(json_object_get(r.json, "left"));
	w->end = deadline_in(END_MS * NS_PER_MS);
	if (!w->said)
		say(w, r.json);
	uint64_t done = sent > w->first_sent ? (uint64_t)(sent - w->first_sent) : 0;
	progress_show(&w->bar, done, done + (left > 0 ? (uint64_t)left : 0));
}

/* interrupted: Ctrl-C came; the next one is as always. */
static bool interrupted(int signals, const sigset_t *before)
{
	struct signalfd_siginfo info;
	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return false;
	sigprocmask(SIG_SETMASK, before, NULL);
	return true;
}

bool wait_end(const struct vault_dir *v, const struct options *o, int pidfd)
{
	struct wait w = { .v = v, .quiet = o->quiet, .end = deadline_in(END_MS * NS_PER_MS) };
	sigset_t set, before;
	bool ended = false;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, &before);
	cleanup_fd int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	progress_begin(&w.bar, "Uploading", o->quiet);
	while (!ended && !deadline_passed(w.end)) {
		struct pollfd p[2] = { { .fd = pidfd, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
		if (poll(p, 2, TICK_MS) < 0 && errno != EINTR)
			break;
		ended = p[0].revents & POLLIN;
		if (!ended)
			ask(&w, p[1].revents & POLLIN && interrupted(signals, &before));
	}
	progress_end(&w.bar);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ended;
}
