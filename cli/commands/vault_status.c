/* SPDX-License-Identifier: MIT */
#include "cli/commands/vault_status.h"

#include "cli/control/client.h"
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
	json_t *j =
	        json_pack("{s:s,s:s?,s:b,s:b,s:s,s:{s:b,s:I,s:I}}", "name", v->name, "store",
	                  e ? NULL : c.text[CONF_STORE], "mounted", 0, "clean", !l.open, "waiting", words, "queue",
	                  "unpublished", l.unpublished, "objects", (json_int_t)l.objects, "bytes", (json_int_t)l.bytes);
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
	return *ret ? ERR_OK : why_set(why, ERR_DAMAGED, "the daemon's answer is malformed");
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

/* waiting_words: what is in objects, or that there are changes which are in none yet. */
static void waiting_words(const json_t *queue, char *out, size_t size)
{
	char bytes[32];
	uint64_t objects = number_of(queue, "objects"), n = number_of(queue, "bytes");
	units_size(n, bytes, sizeof(bytes));
	if (objects)
		snprintf(out, size, "%s in %llu object%s%s", bytes, (unsigned long long)objects,
		         objects == 1 ? "" : "s",
		         json_is_true(json_object_get(queue, "unpublished")) ? " and newer changes" : "");
	else
		snprintf(out, size, "new changes%s%s", n ? ", " : "", n ? bytes : "");
}

static void print_queue(const json_t *queue, FILE *to)
{
	char waiting[100], rate[32], left[32] = "";
	uint64_t seconds = number_of(queue, "seconds_left");
	waiting_words(queue, waiting, sizeof(waiting));
	units_size(number_of(queue, "rate"), rate, sizeof(rate));
	if (seconds)
		units_seconds(seconds, left, sizeof(left));
	if (!number_of(queue, "objects") && !number_of(queue, "bytes") &&
	    !json_is_true(json_object_get(queue, "unpublished")))
		fprintf(to, "  to upload    nothing: everything is on the store\n");
	else
		fprintf(to, "  to upload    %s, %s/s%s%s\n", waiting, rate, left[0] ? ", time left: " : "", left);
}

/* names and texts come from people and servers: no terminal escapes */
static void print_said(FILE *to, const char *label, const char *text)
{
	fprintf(to, "  %-12s ", label);
	print_clean(text, to);
}

static void print_damaged(const json_t *list, FILE *to)
{
	size_t i;
	json_t *d;
	json_array_foreach(list, i, d)
	{
		char *line;
		const char *object = text_of(d, "object");
		if (asprintf(&line, "%s (%s%s)", text_of(d, "path"), object[0] ? "object " : "this device's copy",
		             object) < 0)
			return;
		print_said(to, "DAMAGED", line);
		free(line);
	}
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
	fprintf(to, "  this path    %llu files, %s: %s here, %s on the store only, %s not uploaded yet\n",
	        (unsigned long long)number_of(s, "files"), text[0], text[1], text[2], text[3]);
	fprintf(to, "  pinned       %s\n", pin_words(s, text[4]));
}

static void print_mounted(const json_t *j, FILE *to)
{
	char cached[32], limit[32];
	const json_t *cache = json_object_get(j, "cache");
	units_size(number_of(cache, "bytes"), cached, sizeof(cached));
	units_size(number_of(cache, "limit"), limit, sizeof(limit));
	fprintf(to, "%s: mounted at %s\n", text_of(j, "name"), text_of(j, "mount_point"));
	print_said(to, "store", text_of(j, "store"));
	print_said(to, json_is_true(json_object_get(j, "online")) ? "online" : "OFFLINE", text_of(j, "phase_text"));
	print_queue(json_object_get(j, "queue"), to);
	fprintf(to, "  cache        %s of %s\n", cached, limit);
	print_said(to, "last commit",
	           text_of(j, "last_commit")[0] ? text_of(j, "last_commit") : "none since it was mounted");
	if (number_of(j, "conflicts"))
		fprintf(to, "  conflicts    %llu: cloudseal conflicts lists them\n",
		        (unsigned long long)number_of(j, "conflicts"));
	if (text_of(j, "last_error")[0])
		print_said(to, "last error", text_of(j, "last_error"));
	if (text_of(j, "local")[0] && strcmp(text_of(j, "local"), "ok") != 0)
		print_said(to, "LOCAL DISK", text_of(j, "local"));
	print_damaged(json_object_get(j, "damaged"), to);
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
	fprintf(to, "%s: locked\n", text_of(j, "name"));
	print_said(to, "store", text_of(j, "store"));
	print_said(to, "to upload", text_of(j, "waiting"));
}
