/* SPDX-License-Identifier: MIT */
#include "cli/commands/vault_status.h"

#include "cli/control/client.h"
#include "cli/ui/alarm_words.h"
#include "cli/ui/escape.h"
#include "cli/ui/print_json.h"
#include "cli/ui/units.h"
#include "cli/vaults/last.h"
#include "util/cleanup.h"

#include <stdlib.h>
#include <string.h>

static json_t *locked_status(const struct vault_dir *v)
{
	struct last l;
	struct conf c = { 0 };
	char words[128];
	err_t e = vaults_load_conf(v, &c, NULL);
	last_read(v, &l);
	last_words(&l, words, sizeof(words));
	json_t *j = json_pack("{s:s,s:n,s:b,s:b,s:s,s:{s:b,s:b,s:I,s:I}}", "name", v->name, "store", "mounted", 0,
	                      "clean", !l.open, "waiting", words, "queue", "saved", !last_pending(&l), "unpublished",
	                      l.unpublished, "objects", (json_int_t)l.objects, "bytes", (json_int_t)l.bytes);
	if (!e && j && conf_show_place(&c, j)) {
		json_decref(j);
		j = NULL;
	}
	conf_free(&c);
	return j;
}

err_t status_of(const struct vault_dir *v, enum status_detail detail, json_t **ret, struct why *why)
{
	cleanup(control_reply_free) struct control_reply r;
	err_t e =
	        control_call(v->fd, json_pack("{s:s,s:b}", "op", "status", "debug", detail == STATUS_DEBUG), NULL, &r);
	if (e == ERR_NOTFOUND || e == ERR_CANCELED) { /* no daemon, or one that is just ending */
		*ret = locked_status(v);
		return *ret ? ERR_OK : ERR_NOMEM;
	}
	if (e)
		return why_set(why, e, "%s", r.why.text[0] ? r.why.text : err_text(e));
	*ret = json_incref(json_object_get(r.json, "status"));
	return *ret ? ERR_OK
	            : why_set(why, ERR_DAMAGED,
	                      "the daemon's answer is malformed: is it of another version? Lock and mount again");
}

static const char *text_of(const json_t *j, const char *name)
{
	const char *s = json_string_value(json_object_get(j, name));
	return s ? s : "";
}

static uint64_t number_of(const json_t *j, const char *name)
{
	json_int_t v = json_integer_value(json_object_get(j, name));
	return v > 0 ? (uint64_t)v : 0;
}

/* starts_words: when what is in no object yet goes up. */
static void starts_words(const json_t *queue, char *out, size_t size)
{
	char left[32];
	const json_t *in = json_object_get(queue, "starts_in");
	uint64_t seconds = number_of(queue, "starts_in");
	units_seconds(seconds, left, sizeof(left));
	if (seconds)
		snprintf(out, size, "; upload starts in %s", left);
	else
		snprintf(out, size, "%s", json_is_integer(in) ? "; upload starts now" : "");
}

/* names and texts come from people and servers: no terminal escapes */
static void print_said(FILE *to, const char *label, const char *text)
{
	escape_print(to, "  %-12s %s", label, text);
}

static void print_queue(const json_t *queue, FILE *to)
{
	char waiting[40] = "changes", rate[32], more[64] = "";
	uint64_t seconds = number_of(queue, "seconds_left"), bytes = number_of(queue, "bytes");
	bool unpublished = json_is_true(json_object_get(queue, "unpublished"));
	units_size(number_of(queue, "rate"), rate, sizeof(rate));
	if (bytes)
		units_size(bytes, waiting, sizeof(waiting));
	if (number_of(queue, "objects")) {
		if (seconds)
			units_seconds(seconds, more, sizeof(more));
		fprintf(to, "  to upload    %s, %s/s%s%s%s\n", waiting, rate, more[0] ? ", time left: " : "", more,
		        unpublished ? "; newer changes follow" : "");
	} else if (bytes || unpublished) {
		starts_words(queue, more, sizeof(more));
		fprintf(to, "  to upload    %s waiting%s\n", waiting, more);
	} else if (json_is_true(json_object_get(queue, "saved"))) {
		fprintf(to, "  to upload    nothing: everything is uploaded\n");
	} else {
		print_said(to, "NOT UPLOADED", text_of(queue, "why"));
	}
}

/* print_line: takes `line` over, which asprintf made; NULL: no memory, nothing. */
static void print_line(FILE *to, const char *label, char *line)
{
	if (line)
		print_said(to, label, line);
	free(line);
}

static void print_damaged(const json_t *list, FILE *to)
{
	size_t i;
	json_t *d;
	json_array_foreach(list, i, d)
	{
		char *line;
		const char *object = text_of(d, "object");
		if (asprintf(&line, "%s (%s%s): %s", text_of(d, "path"), object[0] ? "object " : "this device's copy",
		             object, alarm_next_damaged(object)) < 0)
			line = NULL;
		print_line(to, "DAMAGED", line);
	}
}

/* print_alarms: damaged files have lines of their own. */
static void print_alarms(const json_t *list, FILE *to)
{
	size_t i;
	json_t *a;
	json_array_foreach(list, i, a)
	{
		char *line, since[64];
		const char *kind = text_of(a, "kind"), *at = text_of(a, "since");
		units_time(at, since, sizeof(since));
		if (!strcmp(kind, "file-damaged"))
			continue;
		if (asprintf(&line, "%s%s%s%s: %s", text_of(a, "text"), at[0] ? " (since " : "", since,
		             at[0] ? ")" : "", alarm_next(kind)) < 0)
			line = NULL;
		print_line(to, "ALARM", line);
	}
}

/* is_alarm: the last error is that alarm, maybe with a count of more. */
static bool is_alarm(const char *error, const json_t *list)
{
	size_t i;
	json_t *a;
	json_array_foreach(list, i, a)
	{
		const char *text = text_of(a, "text");
		if (text[0] && !strncmp(error, text, strlen(text)))
			return true;
	}
	return false;
}

const json_t *status_alarm(const json_t *status)
{
	return json_array_get(json_object_get(status, "alarms"), 0);
}

static const char *pin_words(const json_t *space, const char *pinned_bytes)
{
	const char *pin = text_of(space, "pin");
	if (!strcmp(pin, "yes"))
		return "yes: it stays on this device";
	if (!strcmp(pin, "above"))
		return "yes, with a directory above it";
	return number_of(space, "pinned_bytes") ? pinned_bytes : "no";
}

/* print_space: of the path that was asked about. */
static void print_space(const json_t *s, FILE *to)
{
	static const char *const names[] = { "bytes", "cached_bytes", "remote_bytes", "dirty_bytes", "pinned_bytes" };
	char text[ARRAY_LEN(names)][32];
	if (!json_is_object(s))
		return;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		units_size(number_of(s, names[i]), text[i], sizeof(text[i]));
	unsigned long long files = number_of(s, "files");
	fprintf(to, "  this path    %llu file%s, %s: %s here, %s in the cloud only, %s not uploaded yet\n", files,
	        files == 1 ? "" : "s", text[0], text[1], text[2], text[3]);
	fprintf(to, "  pinned       %s\n", pin_words(s, text[4]));
}

static void print_troubles(const json_t *j, FILE *to)
{
	const char *error = text_of(j, "last_error"), *read_only = text_of(j, "read_only"),
	           *local = text_of(j, "local");
	const json_t *alarms = json_object_get(j, "alarms");
	if (!strcmp(read_only, "incomplete"))
		print_said(to, "READ-ONLY", "since the vault is incomplete, until it is complete again");
	if (error[0] && !is_alarm(error, alarms))
		print_said(to, "last error", error);
	if (local[0] && strcmp(local, "ok") != 0)
		print_said(to, "LOCAL DISK", local);
	print_alarms(alarms, to);
	print_damaged(json_object_get(j, "damaged"), to);
}

static void print_cloud(const json_t *j, FILE *to)
{
	const char *endpoint = text_of(j, "endpoint");
	escape_print(to, "  %-12s %s%s%s", "cloud", text_of(j, "store"), endpoint[0] ? " at " : "", endpoint);
}

static void print_mounted(const json_t *j, FILE *to)
{
	char cached[32], limit[32], at[64] = "none since it was mounted";
	const json_t *cache = json_object_get(j, "cache");
	units_size(number_of(cache, "bytes"), cached, sizeof(cached));
	units_size(number_of(cache, "limit"), limit, sizeof(limit));
	if (text_of(j, "last_commit")[0])
		units_time(text_of(j, "last_commit"), at, sizeof(at));
	escape_print(to, "%s: mounted at %s", text_of(j, "name"), text_of(j, "mount_point"));
	print_cloud(j, to);
	print_said(to, json_is_true(json_object_get(j, "online")) ? "online" : "OFFLINE", text_of(j, "phase_text"));
	print_queue(json_object_get(j, "queue"), to);
	fprintf(to, "  cache        %s of %s\n", cached, limit);
	print_said(to, "last upload", at);
	if (number_of(j, "conflicts"))
		fprintf(to, "  conflicts    %llu: cloudseal conflicts lists them\n",
		        (unsigned long long)number_of(j, "conflicts"));
	print_troubles(j, to);
	print_space(json_object_get(j, "path"), to);
	if (json_object_get(j, "debug"))
		print_json_words(json_object_get(j, "debug"), to);
}

void status_print(const json_t *j, FILE *to)
{
	if (json_is_true(json_object_get(j, "mounted"))) {
		print_mounted(j, to);
		return;
	}
	const bool ending = json_is_true(json_object_get(j, "ending"));
	fprintf(to, "%s: locked%s\n", text_of(j, "name"), ending ? ", and uploading what is left for a moment" : "");
	print_cloud(j, to);
	if (ending) {
		print_queue(json_object_get(j, "queue"), to);
		return;
	}
	print_said(to, "to upload", text_of(j, "waiting"));
}
