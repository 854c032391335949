/* SPDX-License-Identifier: MIT */
#include "cli/commands/device_invite.h"

#include "cli/control/client.h"
#include "cli/secrets/terminal.h"
#include "cli/ui/escape.h"
#include "cli/ui/exit.h"
#include "cli/ui/progress.h"
#include "cli/ui/qr.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"
#include "util/deadline.h"

#include <string.h>
#include <time.h>

#define LOOK_S 2

struct inviting {
	const struct options *o;
	struct vault_dir v;
	bool told_away; /* that the store does not answer */
};

/* call: one request. On failure it is printed, and the answer's code returned. */
static int call(struct inviting *i, const char *what, const char *value, struct control_reply *ret)
{
	err_t e = control_call(i->v.fd, json_pack("{s:s,s:s,s:s?}", "op", "invite", "key", what, "value", value), NULL,
	                       ret);
	if (!e)
		return EXIT_OK;
	exit_fail(e, i->v.name, &ret->why);
	return ret->code;
}

static const char *text_of(const json_t *j, const char *name)
{
	const char *text = json_string_value(json_object_get(j, name));
	return text ? text : "";
}

/* -- the code ----------------------------------------------------------------------------------------------------- */

static void print_code(const struct inviting *i, const json_t *answer)
{
	cleanup(conf_free) struct conf c = { 0 };
	const time_t until = (time_t)json_integer_value(json_object_get(answer, "until"));
	const char *code = text_of(answer, "code");
	char day[64] = "";
	struct tm tm;
	if (localtime_r(&until, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d %H:%M", &tm);
	if (vaults_load_conf(&i->v, &c, NULL))
		c = (struct conf){ 0 };
	printf("%s\n\n    %s\n\n",
	       json_is_true(json_object_get(answer, "again")) ? "The code of this invitation, as before:"
	                                                      : "The code of this invitation:",
	       code);
	qr_show(code, stdout);
	escape_print(stdout, "On the new device: cloudseal join --invite %s",
	             c.text[CONF_STORE] ? c.text[CONF_STORE] : "STORE");
	printf("It counts for one device, until %s, while %s is mounted here. %s\n"
	       "Waiting; interrupted, the same command goes on.\n",
	       day, i->v.name,
	       i->o->yes ? "Whoever asks first is let in."
	                 : "It opens nothing by itself:\nyou are asked who may join.");
}

static int begin(struct inviting *i)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	int code = call(i, "begin", NULL, &r);
	if (code)
		return code;
	print_code(i, r.json);
	if (fflush(stdout))
		return exit_say(EXIT_FAILED, "cannot write the output: %s: is its disk full?", strerror(errno));
	return EXIT_OK;
}

/* -- who asks ----------------------------------------------------------------------------------------------------- */

struct asked {
	char name[256], request[128];
	json_int_t number;
};

/* passes: an error of the store that a person may wait out. */
static bool passes(struct inviting *i, err_t e, const struct control_reply *r)
{
	if (e != ERR_NET && e != ERR_TIMEOUT)
		return false;
	if (!i->told_away)
		escape_print(stderr, "cloudseal: %s: %s: still waiting", i->v.name, r->why.text);
	i->told_away = true;
	return true;
}

static int over(const struct inviting *i)
{
	return exit_say(EXIT_FAILED, "%s: nobody was let in, and that code counts no more: cloudseal device invite %s",
	                i->v.name, i->v.name);
}

/* look: *ret_there: somebody asks. */
static int look(struct inviting *i, struct asked *ret, bool *ret_there)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	err_t e = control_call(i->v.fd, json_pack("{s:s,s:s}", "op", "invite", "key", "look"), NULL, &r);
	if (e && passes(i, e, &r))
		return EXIT_OK;
	if (e) {
		exit_fail(e, i->v.name, &r.why);
		return r.code;
	}
	i->told_away = false;
	if (!json_is_true(json_object_get(r.json, "open")))
		return over(i);
	const json_t *asked = json_object_get(r.json, "asked");
	*ret_there = asked != NULL;
	snprintf(ret->name, sizeof(ret->name), "%s", text_of(asked, "name"));
	snprintf(ret->request, sizeof(ret->request), "%s", text_of(asked, "request"));
	ret->number = json_integer_value(json_object_get(asked, "number"));
	return EXIT_OK;
}

static int wait_for(struct inviting *i, struct asked *ret)
{
	const struct deadline end = i->o->timeout ? deadline_in(i->o->timeout * NS_PER_S) : DEADLINE_NEVER;
	const struct timespec nap = { LOOK_S, 0 };
	bool there = false;
	int code = look(i, ret, &there);
	while (!code && !there) {
		if (deadline_passed(end))
			return exit_say(EXIT_OFFLINE,
			                "%s: nobody has asked yet: the code counts on; the same command goes on",
			                i->v.name);
		nanosleep(&nap, NULL);
		code = look(i, ret, &there);
	}
	return code;
}

/* -- the answer --------------------------------------------------------------------------------------------------- */

static void show_upload(void *ctx, json_t *p)
{
	const json_int_t left = json_integer_value(json_object_get(p, "left"));
	progress_show(ctx, 0, left > 0 ? (uint64_t)left : 0);
}

static int admit(struct inviting *i, const struct asked *a)
{
	struct progress bar;
	const struct control_watch watch = { show_upload, &bar };
	cleanup(control_reply_free) struct control_reply r = { 0 };
	progress_begin(&bar, "Uploading", i->o->quiet);
	err_t e = control_call(i->v.fd, json_pack("{s:s,s:s,s:s}", "op", "invite", "key", "admit", "value", a->request),
	                       &watch, &r);
	progress_end(&bar);
	if (e) {
		exit_fail(e, i->v.name, &r.why);
		return r.code;
	}
	if (json_is_true(json_object_get(r.json, "answered")))
		escape_print(stdout, "%s is let in.", a->name);
	else
		escape_print(stdout,
		             "%s is let in, and hears of it once the cloud can be reached: cloudseal status %s tells.",
		             a->name, i->v.name);
	return EXIT_OK;
}

static int refuse(struct inviting *i)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	int code = call(i, "end", NULL, &r);
	return code ? code : over(i);
}

/* asks: yes or no, until one is said. */
static err_t asks(const char *prompt, bool *ret_yes, struct why *why)
{
	cleanup_fd int tty = terminal_open();
	if (tty < 0)
		return why_set(why, ERR_INVAL, "no terminal to ask on: --yes lets in whoever asks first");
	for (;;) {
		cleanup(secret_text_free) struct secret_text answer = { 0 };
		err_t e = terminal_ask(&(struct terminal_question){ tty, prompt, true }, &answer, why);
		if (e && e != ERR_INVAL)
			return e;
		why->text[0] = 0;
		*ret_yes = !e && (!strcasecmp(answer.p, "y") || !strcasecmp(answer.p, "yes"));
		if (*ret_yes || (!e && (!strcasecmp(answer.p, "n") || !strcasecmp(answer.p, "no"))))
			return ERR_OK;
	}
}

static int decide(struct inviting *i, const struct asked *a)
{
	struct why why = { 0 };
	bool yes = i->o->yes;
	escape_print(stdout, "%s asks to join. Its number is %03d %03d %03d.", a->name,
	             (int)(a->number / 1000000 % 1000), (int)(a->number / 1000 % 1000), (int)(a->number % 1000));
	if (fflush(stdout))
		return exit_say(EXIT_FAILED, "cannot write the output: %s: is its disk full?", strerror(errno));
	err_t e = yes ? ERR_OK
	              : asks("Does the new device show that name and number, so that it is to be let in? (y/n): ", &yes,
	                     &why);
	if (e)
		return exit_fail(e, i->v.name, &why);
	return yes ? admit(i, a) : refuse(i);
}

static int withdraw(struct inviting *i)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	int code = call(i, "end", NULL, &r);
	if (!code)
		printf("%s: the code that was shown counts no more.\n", i->v.name);
	return code;
}

static int invite(struct inviting *i)
{
	struct asked a = { 0 };
	cleanup_fd int tty = i->o->yes ? -1 : terminal_open();
	if (!i->o->yes && tty < 0)
		return exit_say(EXIT_USAGE, "%s: no terminal to ask on who may join: --yes lets in whoever asks first",
		                i->v.name);
	int code = begin(i);
	if (!code)
		code = wait_for(i, &a);
	return code ? code : decide(i, &a);
}

int device_invite(const struct options *o)
{
	struct inviting i = { .o = o, .v = VAULT_DIR_INIT };
	int code = target_open(o->args[1], &i.v);
	if (!code)
		code = o->withdraw ? withdraw(&i) : invite(&i);
	vaults_close(&i.v);
	return code;
}
