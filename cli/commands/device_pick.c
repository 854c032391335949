/* SPDX-License-Identifier: MIT */
#include "cli/commands/device_pick.h"

#include "cli/ui/nearest.h"
#include "util/cleanup.h"

#include <string.h>
#include <strings.h>

const char *device_field(const json_t *device, const char *name)
{
	const char *s = json_string_value(json_object_get(device, name));
	return s ? s : "";
}

void device_called(const json_t *device, char out[80])
{
	const char *name = device_field(device, "name");
	if (name[0])
		snprintf(out, 80, "%s", name);
	else
		snprintf(out, 80, "%.*s", DEVICE_ID_SHOWN, device_field(device, "id"));
}

struct picking {
	const char *text;
	const json_t *found;
	size_t n;
	char ids[120]; /* of those found */
};

static void add(struct picking *p, const json_t *device)
{
	size_t len = strlen(p->ids);
	p->found = device;
	p->n++;
	snprintf(p->ids + len, sizeof(p->ids) - len, "%s%.*s", len ? ", " : "", DEVICE_ID_SHOWN,
	         device_field(device, "id"));
}

static bool is_revoked(const json_t *device)
{
	return strcmp(device_field(device, "state"), "revoked") == 0;
}

static void by_name(struct picking *p, const json_t *list, bool revoked)
{
	size_t i;
	json_t *d;
	json_array_foreach(list, i, d)
	{
		if (is_revoked(d) == revoked && !strcmp(device_field(d, "name"), p->text))
			add(p, d);
	}
}

static void by_id(struct picking *p, const json_t *list)
{
	size_t i;
	json_t *d;
	json_array_foreach(list, i, d)
	{
		if (!strncasecmp(device_field(d, "id"), p->text, strlen(p->text)))
			add(p, d);
	}
}

static err_t none(const struct picking *p, const json_t *list, struct why *why)
{
	struct nearest n = nearest_to(p->text, strlen(p->text));
	char hint[NEAREST_HINT_MAX];
	size_t i;
	json_t *d;
	json_array_foreach(list, i, d) nearest_try(&n, device_field(d, "name"));
	return why_set(why, ERR_NOTFOUND, "no device '%.80s' in this vault%s (cloudseal device list shows them)",
	               p->text, nearest_hint(&n, hint, sizeof(hint)));
}

err_t device_pick(const json_t *list, const char *text, const json_t **ret, struct why *why)
{
	struct picking p = { .text = text };
	if (!text[0]) /* one without a name is not called so */
		return none(&p, list, why);
	by_name(&p, list, false);
	if (!p.n)
		by_name(&p, list, true);
	if (!p.n)
		by_id(&p, list);
	if (!p.n)
		return none(&p, list, why);
	if (p.n > 1)
		return why_set(why, ERR_INVAL, "%zu devices are meant by '%.80s': say which by how its id begins: %s",
		               p.n, text, p.ids);
	*ret = p.found;
	return ERR_OK;
}
