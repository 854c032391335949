/* SPDX-License-Identifier: MIT */
#include "cli/commands/wait_upload.h"

#include "cli/control/client.h"
#include "cli/ui/exit.h"
#include "cli/ui/progress.h"
#include "util/cleanup.h"

struct wait {
	struct progress bar;
	json_int_t first_sent;
	bool started;
};

static void show(void *ctx, json_t *p)
{
	struct wait *w = ctx;
	json_int_t sent = json_integer_value(json_object_get(p, "sent"));
	json_int_t left = json_integer_value(json_object_get(p, "left"));
	if (!w->started)
		w->first_sent = sent;
	w->started = true;
	uint64_t done = sent > w->first_sent ? (uint64_t)(sent - w->first_sent) : 0;
	progress_show(&w->bar, done, done + (left > 0 ? (uint64_t)left : 0));
}

err_t wait_upload_try(const struct vault_dir *v, const struct options *o, int *ret_code, struct why *why)
{
	struct wait w = { .started = false };
	const struct control_watch watch = { show, &w };
	cleanup(control_reply_free) struct control_reply r;
	progress_begin(&w.bar, "Uploading", o->quiet);
	err_t e = control_call(v->fd, json_pack("{s:s,s:I}", "op", "sync", "timeout", (json_int_t)o->timeout), &watch,
	                       &r);
	progress_end(&w.bar);
	if (e == ERR_TIMEOUT && o->timeout) {
		r.why.text[0] = 0;
		why_set(&r.why, e,
		        "not everything is uploaded after %lld s: it goes on; cloudseal status tells how far",
		        (long long)o->timeout);
	}
	*ret_code = e ? r.code : EXIT_OK;
	*why = r.why;
	return e;
}

int wait_upload(const struct vault_dir *v, const struct options *o)
{
	struct why why = { 0 };
	int code;
	err_t e = wait_upload_try(v, o, &code, &why);
	if (e)
		exit_fail(e, v->name, &why);
	return code;
}
