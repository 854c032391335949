/* SPDX-License-Identifier: MIT */
#include "cli/vaults/device.h"

#include "util/cleanup.h"

#include <string.h>

void device_free(struct device *d)
{
	secret_free(d->seed);
	*d = DEVICE_INIT;
}

static bool name_fits(const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return false;
	return n && n < sizeof(((struct device *)0)->name);
}

static void host_name(char *out, size_t n)
{
	char host[65] = "";
	if (gethostname(host, sizeof(host) - 1) || !name_fits(host))
		snprintf(host, sizeof(host), "device");
	snprintf(out, n, "%s", host);
}

err_t device_new(const char *name, struct device *ret, struct why *why)
{
	cleanup(device_free) struct device d = { .seed = secret_alloc(sizeof(struct key)) };
	if (!d.seed)
		return ERR_NOMEM;
	if (name && !name_fits(name))
		return why_set(why, ERR_INVAL, "--device-name: give 1 to 64 bytes without control characters");
	if (name)
		snprintf(d.name, sizeof(d.name), "%s", name);
	else
		host_name(d.name, sizeof(d.name));
	err_t e = crypto_random(d.seed->b, sizeof(d.seed->b));
	if (!e)
		e = crypto_random_id(&d.id);
	if (!e)
		e = crypto_random_id(&d.stream);
	if (e)
		return e;
	*ret = d;
	memset(&d, 0, sizeof(d)); /* now the caller's */
	return ERR_OK;
}

static err_t store_fields(struct map_txn *x, void *ctx)
{
	const struct device *d = ctx;
	const struct {
		const char *key;
		struct span value;
	} fields[] = { { "cli.seed", SPAN(d->seed->b, sizeof(d->seed->b)) },
		       { "cli.device", id_span(&d->id) },
		       { "cli.stream", id_span(&d->stream) },
		       { "cli.name", span_str(d->name) } };
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		err_t e = map_txn_put(x, MAP_STATE, span_str(fields[i].key), fields[i].value);
		if (e)
			return e;
	}
	return ERR_OK;
}

err_t device_store(struct map *m, const struct device *d)
{
	return map_transact(m, store_fields, (void *)(uintptr_t)d);
}

static err_t load_field(struct map *m, const char *key, void *out, size_t n)
{
	cleanup(buf_wipe_free) struct buf b = BUF_INIT;
	err_t e = map_get(m, MAP_STATE, span_str(key), &b);
	if (!e && b.len != n)
		e = ERR_DAMAGED;
	if (!e)
		memcpy(out, b.p, n);
	return e;
}

err_t device_load(struct map *m, struct device *ret, struct why *why)
{
	cleanup(device_free) struct device d = { .seed = secret_alloc(sizeof(struct key)) };
	cleanup(buf_free) struct buf name = BUF_INIT;
	if (!d.seed)
		return ERR_NOMEM;
	err_t e = load_field(m, "cli.seed", d.seed->b, sizeof(d.seed->b));
	if (!e)
		e = load_field(m, "cli.device", d.id.b, sizeof(d.id));
	if (!e)
		e = load_field(m, "cli.stream", d.stream.b, sizeof(d.stream));
	if (!e)
		e = map_get(m, MAP_STATE, span_str("cli.name"), &name);
	if (e == ERR_NOTFOUND || (!e && (!name.len || name.len >= sizeof(d.name))))
		e = ERR_DAMAGED;
	if (e)
		return why_set(why, e,
		               "local state: this device's identity is missing or damaged: forget this vault here and "
		               "join again");
	memcpy(d.name, name.p, name.len);
	*ret = d;
	memset(&d, 0, sizeof(d)); /* now the caller's */
	return ERR_OK;
}
