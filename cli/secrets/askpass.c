/* SPDX-License-Identifier: MIT */
#include "cli/secrets/askpass.h"

#include "util/cleanup.h"

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

struct child {
	pid_t pid;
	int to, from; /* its stdin and stdout */
};

static void child_close(struct child *c)
{
	if (c->to >= 0)
		close(c->to);
	if (c->from >= 0)
		close(c->from);
	c->to = c->from = -1;
}

/* spawn: with these for its stdin and stdout, our stderr, and no descriptor else. An errno value. */
static int spawn(const char *program, char *const argv[], int in, int out, pid_t *ret)
{
	posix_spawn_file_actions_t files;
	int err = posix_spawn_file_actions_init(&files);
	if (err)
		return err;
	err = posix_spawn_file_actions_adddup2(&files, in, 0);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&files, out, 1);
	if (!err)
		err = posix_spawn_file_actions_addclosefrom_np(&files, 3);
	if (!err)
		err = posix_spawnp(ret, program, &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return err;
}

static err_t child_start(const char *program, const char *argument, struct child *ret, struct why *why)
{
	int in[2], out[2];
	if (pipe2(in, O_CLOEXEC))
		return ERR_IO;
	if (pipe2(out, O_CLOEXEC)) {
		close(in[0]);
		close(in[1]);
		return ERR_IO;
	}
	char *argv[] = { (char *)(uintptr_t)program, (char *)(uintptr_t)argument, NULL };
	int err = spawn(program, argv, in[0], out[1], &ret->pid);
	close(in[0]);
	close(out[1]);
	ret->to = in[1];
	ret->from = out[0];
	if (err) {
		child_close(ret);
		return why_set(why, err == ENOENT ? ERR_NOTFOUND : ERR_INVAL,
		               "cannot start %.200s: %s: is it installed, is its name right?", program, strerror(err));
	}
	return ERR_OK;
}

static int child_wait(struct child *c)
{
	int status;
	child_close(c);
	while (waitpid(c->pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

err_t askpass_program(const char *program, const char *prompt, struct secret_text *ret, struct why *why)
{
	struct child c;
	cleanup(secret_text_free) struct secret_text s = { 0 };
	err_t e = child_start(program, prompt, &c, why);
	if (e)
		return e == ERR_NOTFOUND ? ERR_INVAL : e;
	e = secret_text_read(c.from, program, &s, why);
	if (child_wait(&c)) {
		if (why)
			why->text[0] = 0;
		return why_set(why, ERR_CANCELED, "%.200s gave no passphrase: try again, or use --passfile", program);
	}
	if (e)
		return e;
	*ret = s;
	s = SECRET_TEXT_INIT;
	return ERR_OK;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* unescape: %XX in place. */
static void unescape(struct secret_text *s)
{
	size_t to = 0;
	for (size_t i = 0; i < s->len; i++) {
		int hi = -1, lo = -1;
		if (s->p[i] == '%' && i + 2 < s->len) {
			hi = hex_digit(s->p[i + 1]);
			lo = hex_digit(s->p[i + 2]);
		}
		if (hi >= 0 && lo >= 0) {
			s->p[to++] = (char)(hi << 4 | lo);
			i += 2;
		} else {
			s->p[to++] = s->p[i];
		}
	}
	crypto_wipe(s->p + to, s->len - to);
	s->len = to;
}

/* take_data: of a "D " line. */
static void take_data(struct secret_text *line, struct secret_text *data)
{
	memmove(line->p, line->p + 2, line->len - 1);
	line->len -= 2;
	unescape(line);
	*data = *line;
	*line = SECRET_TEXT_INIT;
}

#define LINE_MAX_ASSUAN 1000 /* with its end */

/* put_escaped: as much of a text as fits the line. */
static void put_escaped(char *line, size_t at, const char *text)
{
	for (; *text && at + 4 < LINE_MAX_ASSUAN; text++) {
		unsigned char c = (unsigned char)*text;
		bool plain = c >= ' ' && c != '%' && c != 0x7f;
		at += (size_t)snprintf(line + at, LINE_MAX_ASSUAN - at, plain ? "%c" : "%%%02X", c);
	}
}

static err_t send_line(struct child *c, const char *command, const char *argument)
{
	char line[LINE_MAX_ASSUAN];
	snprintf(line, sizeof(line), "%s%s", command, argument ? " " : "");
	if (argument)
		put_escaped(line, strlen(line), argument);
	return dprintf(c->to, "%s\n", line) < 0 ? ERR_IO : ERR_OK;
}

/* exchange: sends a command (NULL: only the greeting), reads to OK. A "D " line goes to `data` when given. */
static err_t exchange(struct child *c, const char *command, const char *argument, struct secret_text *data)
{
	err_t e = command ? send_line(c, command, argument) : ERR_OK;
	for (int lines = 0; !e && lines < 100; lines++) {
		cleanup(secret_text_free) struct secret_text line = { 0 };
		e = secret_text_read(c->from, "pinentry", &line, NULL);
		if (e)
			return e;
		if (!strncmp(line.p, "OK", 2))
			return ERR_OK;
		if (!strncmp(line.p, "ERR", 3))
			return ERR_CANCELED;
		if (data && !data->p && !strncmp(line.p, "D ", 2))
			take_data(&line, data);
	}
	return e ? e : ERR_IO;
}

#define KEYRING_KEY 128

/* keyring_key: under which a desktop's keyring keeps what was typed for that vault. */
static void keyring_key(const char *vault, char ret[KEYRING_KEY])
{
	snprintf(ret, KEYRING_KEY, "u/cloudseal-%s", vault);
}

/* converse: what only makes it nicer may be refused, by an older one. */
static err_t converse(struct child *c, const struct pinentry_ask *ask, struct secret_text *s)
{
	char title[128], key[KEYRING_KEY];
	snprintf(title, sizeof(title), "cloudseal%s%s", ask->vault ? ": " : "", ask->vault ? ask->vault : "");
	keyring_key(ask->vault ? ask->vault : "", key);
	const struct {
		const char *command, *argument;
		bool needed;
	} lines[] = {
		{ NULL, NULL, true },
		{ "OPTION", ask->vault ? "allow-external-password-cache" : NULL, false },
		{ "SETKEYINFO", ask->vault ? key : NULL, false },
		{ "SETTITLE", title, false },
		{ "SETDESC", ask->prompt, true },
		{ "SETPROMPT", "Secret:", false },
		{ "SETOK", ask->button, false },
		{ "SETERROR", ask->wrong, false },
	};
	err_t e = ERR_OK;
	for (size_t i = 0; !e && i < ARRAY_LEN(lines); i++) {
		if (lines[i].command && !lines[i].argument)
			continue;
		e = exchange(c, lines[i].command, lines[i].argument, NULL);
		if (e == ERR_CANCELED && !lines[i].needed)
			e = ERR_OK;
	}
	return e ? e : exchange(c, "GETPIN", NULL, s);
}

err_t askpass_pinentry(const char *program, const struct pinentry_ask *ask, struct secret_text *ret, struct why *why)
{
	struct child c;
	cleanup(secret_text_free) struct secret_text s = { 0 };
	err_t e = child_start(program, NULL, &c, why);
	if (e)
		return e;
	e = converse(&c, ask, &s);
	child_wait(&c);
	if (e || !s.len)
		return why_set(why, ERR_CANCELED, "pinentry gave no passphrase: try again, or use --passfile");
	*ret = s;
	s = SECRET_TEXT_INIT;
	return ERR_OK;
}

/* desktop_programs: those with windows, ended by NULL: first what suits this desktop. */
static const char *const *desktop_programs(void)
{
	static const char *const others[] = { "pinentry-gnome3", "pinentry-gtk-2", "pinentry-qt",
		                              "pinentry-qt5",    "pinentry",       NULL };
	static const char *const kde[] = { "pinentry-qt",    "pinentry-qt5", "pinentry-gnome3",
		                           "pinentry-gtk-2", "pinentry",     NULL };
	const char *desktop = getenv("XDG_CURRENT_DESKTOP");
	return desktop && strstr(desktop, "KDE") ? kde : others;
}

err_t askpass_desktop(const struct pinentry_ask *ask, struct secret_text *ret, struct why *why)
{
	err_t e = ERR_NOTFOUND;
	for (const char *const *p = desktop_programs(); e == ERR_NOTFOUND && *p; p++) {
		if (why)
			why->text[0] = 0;
		e = askpass_pinentry(*p, ask, ret, why);
	}
	if (e != ERR_NOTFOUND)
		return e;
	if (why)
		why->text[0] = 0;
	return why_set(
	        why, ERR_INVAL,
	        "no pinentry is installed to ask for the passphrase: install one, or use --passfile, --passfd or "
	        "CLOUDSEAL_ASKPASS");
}

bool askpass_forget(const char *vault)
{
	struct child c;
	char key[KEYRING_KEY];
	err_t e = ERR_NOTFOUND;
	if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY"))
		return false;
	keyring_key(vault, key);
	for (const char *const *p = desktop_programs(); e == ERR_NOTFOUND && *p; p++)
		e = child_start(*p, NULL, &c, NULL);
	if (e)
		return false;
	e = exchange(&c, NULL, NULL, NULL);
	if (!e)
		e = exchange(&c, "CLEARPASSPHRASE", key, NULL);
	child_wait(&c);
	return !e;
}
