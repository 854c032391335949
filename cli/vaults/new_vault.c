/* SPDX-License-Identifier: MIT */
#include "cli/vaults/new_vault.h"

#include "cli/ui/escape.h"
#include "cli/vaults/last.h"
#include "cli/vaults/noted_store.h"
#include "remote/place/credentials.h"
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
		return why_set(why, ERR_IO, "the working directory is not there: %s: change to another",
		               strerror(errno));
	else
		len = snprintf(out, n, "%s/%s", here, path);
	return len > 0 && (size_t)len < n ? ERR_OK : why_set(why, ERR_INVAL, "the address is too long");
}

static err_t absolute_file(const char *arg, char *out, size_t n, struct why *why)
{
	char here[PATH_MAX] = "";
	if (arg[0] != '/' && !getcwd(here, sizeof(here)))
		return why_set(why, ERR_IO, "the working directory is not there: %s: change to another",
		               strerror(errno));
	int len = snprintf(out, n, "%s%s%s", here, here[0] ? "/" : "", arg);
	return len > 0 && (size_t)len < n ? ERR_OK : why_set(why, ERR_INVAL, "the path of a file is too long");
}

static err_t settings(const struct options *o, struct conf *c, struct why *why)
{
	char store[PATH_MAX], file[PATH_MAX];
	const struct {
		const char *value;
		enum conf_key key;
		bool is_file;
	} list[] = { { o->store.endpoint, CONF_ENDPOINT, false }, { o->store.region, CONF_REGION, false },
		     { o->store.profile, CONF_PROFILE, false },   { o->store.addressing, CONF_ADDRESSING, false },
		     { o->store.ca_file, CONF_CA_FILE, true },    { o->store.user, CONF_USER, false },
		     { o->store.pass_file, CONF_PASS_FILE, true } };
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

/* note_endpoint: what messages are about: the address, and the server where the environment says it. */
static err_t note_endpoint(const struct aws_place *p, struct new_vault *v)
{
	free(v->about);
	v->about = NULL;
	return asprintf(&v->about, "%s at %s (by %s)", v->conf.text[CONF_STORE], p->endpoint, p->endpoint_from) < 0
	               ? ERR_NOMEM
	               : ERR_OK;
}

/* of_environment: where the S3 server is, and who we are there, is kept, since a later mount has another environment.
 * What an option says stands. */
static err_t of_environment(struct new_vault *v, struct why *why)
{
	struct store_config sc;
	struct aws_place p = { .endpoint_from = "" };
	conf_store(&v->conf, &sc);
	err_t e = aws_place_load(&sc, &p, why);
	const struct {
		const char *value;
		enum conf_key key;
	} list[] = { { p.endpoint, CONF_ENDPOINT }, { p.region, CONF_REGION }, { p.profile, CONF_PROFILE } };
	if (!e && *p.endpoint && !sc.endpoint)
		e = note_endpoint(&p, v);
	for (size_t i = 0; !e && i < ARRAY_LEN(list); i++)
		if (*list[i].value && !v->conf.text[list[i].key])
			e = conf_set(&v->conf, list[i].key, list[i].value, why);
	return e;
}

/* name_of: as asked for, else after the store. */
static err_t name_of(const struct options *o, const struct conf *c, char out[VAULT_NAME_MAX + 1], struct why *why)
{
	if (!o->name) {
		vaults_name_of(c->text[CONF_STORE], out);
		return ERR_OK;
	}
	snprintf(out, VAULT_NAME_MAX + 1, "%.*s", VAULT_NAME_MAX, o->name);
	return vaults_check_name(o->name, why);
}

static err_t open_store(const struct conf *c, struct store **ret, struct why *why)
{
	struct store_config sc;
	conf_store(c, &sc);
	sc.max_wait_ms = 3000; /* a person waits: no long back-off */
	return store_open(&sc, ret, why);
}

static err_t check_settings(const struct conf *c, struct why *why)
{
	struct store_config sc;
	conf_store(c, &sc);
	return store_parse(&sc, why);
}

err_t new_vault_open(const struct options *o, struct new_vault *ret, struct why *why)
{
	char name[VAULT_NAME_MAX + 1];
	struct new_vault v = { .dir = VAULT_DIR_INIT };
	err_t e = settings(o, &v.conf, why);
	if (!e && !o->no_environment && !strncmp(v.conf.text[CONF_STORE], "s3://", 5))
		e = of_environment(&v, why);
	if (!e)
		e = check_settings(&v.conf, why);
	if (!e)
		e = name_of(o, &v.conf, name, why);
	if (!e)
		e = vaults_make(name, &v.dir, why);
	if (!e)
		v.left = vaults_begun(&v.dir);
	if (!e)
		e = open_store(&v.conf, &v.store, why);
	if (e) {
		ret->about = steal_ptr(v.about);
		new_vault_close(&v);
		return e;
	}
	*ret = v;
	return ERR_OK;
}

err_t new_vault_anew(struct new_vault *v, struct why *why)
{
	err_t e = vaults_clear(&v->dir, why);
	v->left &= e != ERR_OK;
	return e;
}

err_t new_vault_finish(struct new_vault *v, struct why *why)
{
	struct last clean = { .open = false, .saved = true };
	err_t e = last_write(&v->dir, &clean, why);
	if (!e)
		e = vaults_save_conf(&v->dir, &v->conf, why);
	v->finished = e == ERR_OK;
	if (!e)
		noted_store_forget(&v->dir);
	return e;
}

err_t new_vault_failed(const struct new_vault *v, err_t e, struct why *why)
{
	struct store_state st = { .refused = "" };
	if (e == ERR_REFUSED && v->store)
		store_state_of(v->store, &st);
	if (st.refused[0])
		snprintf(why->text, sizeof(why->text), "%s", st.refused);
	return e;
}

void new_vault_close(struct new_vault *v)
{
	store_close(v->store);
	if (!v->finished && !v->left && v->dir.fd >= 0 && vaults_remove(&v->dir, NULL))
		escape_print(stderr, "cloudseal: could not remove %s", v->dir.path);
	vaults_close(&v->dir);
	conf_free(&v->conf);
	free(v->about);
	v->about = NULL;
}

const char *new_vault_about(const struct options *o, const struct new_vault *v)
{
	return v->about ? v->about : o->args[0];
}
