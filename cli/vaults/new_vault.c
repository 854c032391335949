/* SPDX-License-Identifier: MIT
 * What init and join share.
 */
#include "cli/commands/commands.h"
#include "cli/vaults/last.h"
#include "util/cleanup.h"

#include <string.h>

/* absolute_store: a directory store is kept by its full path, since a daemon has no working directory. */
static err_t absolute_store(const char *arg, char *out, size_t n, struct why *why)
{
	const char *path = !strncmp(arg, "dir:", 4) ? arg + 4 : arg;
	char here[PATH_MAX];
	int len;
	if ((path == arg && strstr(arg, "://")) || path[0] == '/')
		len = snprintf(out, n, "%s", arg);
	else if (!getcwd(here, sizeof(here)))
		return why_set(why, ERR_IO, "no working directory: %s", strerror(errno));
	else
		len = snprintf(out, n, "%s/%s", here, path);
	return len > 0 && (size_t)len < n ? ERR_OK : why_set(why, ERR_INVAL, "the store's address is too long");
}

static err_t absolute_file(const char *arg, char *out, size_t n, struct why *why)
{
	char here[PATH_MAX] = "";
	if (arg[0] != '/' && !getcwd(here, sizeof(here)))
		return why_set(why, ERR_IO, "no working directory: %s", strerror(errno));
	int len = snprintf(out, n, "%s%s%s", here, here[0] ? "/" : "", arg);
	return len > 0 && (size_t)len < n ? ERR_OK : why_set(why, ERR_INVAL, "path too long");
}

static err_t settings(const struct options *o, struct conf *c, struct why *why)
{
	char store[PATH_MAX], file[PATH_MAX];
	const struct {
		const char *value;
		enum conf_key key;
		bool is_file;
	} list[] = { { o->endpoint, CONF_ENDPOINT, false }, { o->region, CONF_REGION, false },
		     { o->profile, CONF_PROFILE, false },   { o->addressing, CONF_ADDRESSING, false },
		     { o->ca_file, CONF_CA_FILE, true },    { o->user, CONF_USER, false },
		     { o->pass_file, CONF_PASS_FILE, true } };
	err_t e = absolute_store(o->args[0], store, sizeof(store), why);
	if (!e)
		e = conf_set(c, CONF_STORE, store, why);
	for (size_t i = 0; !e && i < ARRAY_LEN(list); i++) {
		const char *value = list[i].value;
		if (value && list[i].is_file) {
			e = absolute_file(value, file, sizeof(file), why);
			value = file;
		}
		if (!e && value)
			e = conf_set(c, list[i].key, value, why);
	}
	return e;
}

err_t making_open(const struct options *o, bool create, struct making *ret, struct why *why)
{
	char name[VAULT_NAME_MAX + 1];
	struct store_config sc;
	struct making m = { .dir = VAULT_DIR_INIT };
	err_t e = settings(o, &m.conf, why);
	conf_store(&m.conf, &sc);
	sc.max_wait_ms = 3000; /* a person waits: no long back-off */
	if (!e)
		e = store_parse(&sc, why);
	if (!e && o->name)
		snprintf(name, sizeof(name), "%.*s", VAULT_NAME_MAX, o->name);
	else if (!e)
		vaults_name_of(m.conf.text[CONF_STORE], name);
	if (!e && o->name)
		e = vaults_check_name(o->name, why);
	if (!e)
		e = vaults_make(name, &m.dir, why);
	if (!e)
		e = store_open(&sc, &m.store, why);
	if (!e)
		e = m.store->ops->check(m.store, create, why);
	if (e) {
		making_close(&m);
		return e;
	}
	*ret = m;
	return ERR_OK;
}

err_t making_finish(struct making *m, struct why *why)
{
	struct last clean = { .open = false };
	err_t e = last_write(&m->dir, &clean, why);
	if (!e)
		e = vaults_save_conf(&m->dir, &m->conf, why);
	m->done = e == ERR_OK;
	return e;
}

void making_close(struct making *m)
{
	store_close(m->store);
	if (!m->done && m->dir.fd >= 0 && vaults_remove(&m->dir, NULL))
		fprintf(stderr, "cloudseal: could not remove %s\n", m->dir.path);
	vaults_close(&m->dir);
	conf_free(&m->conf);
}
