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
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in[0], 0);
	posix_spawn_file_actions_adddup2(&files, out[1], 1);
	int err = posix_spawnp(&ret->pid, program, &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	close(in[0]);
	close(out[1]);
	ret->to = in[1];
	ret->from = out[0];
	if (err) {
		child_close(ret);
		return why_set(why, ERR_INVAL, "cannot start %.200s: %s", program, strerror(err));
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
		return e;
	e = secret_text_read(c.from, program, &s, why);
	if (child_wait(&c)) {
		if (why)
			why->text[0] = 0;
		return why_set(why, ERR_CANCELED, "%.200s gave no passphrase", program);
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

/* exchange: sends a command (NULL: only the greeting), reads to OK. A "D " line goes to `data` when given. */
static err_t exchange(struct child *c, const char *command, const char *argument, struct secret_text *data)
{
	if (command && dprintf(c->to, "%s%s%s\n", command, argument ? " " : "", argument ? argument : "") < 0)
		return ERR_IO;
	for (int lines = 0; lines < 100; lines++) {
		cleanup(secret_text_free) struct secret_text line = { 0 };
		err_t e = secret_text_read(c->from, "pinentry", &line, NULL);
		if (e)
			return e;
		if (!strncmp(line.p, "OK", 2))
			return ERR_OK;
		if (!strncmp(line.p, "ERR", 3))
			return ERR_CANCELED;
		if (data && !data->p && !strncmp(line.p, "D ", 2))
			take_data(&line, data);
	}
	return ERR_IO;
}

err_t askpass_pinentry(const char *program, const char *prompt, struct secret_text *ret, struct why *why)
{
	struct child c;
	cleanup(secret_text_free) struct secret_text s = { 0 };
	err_t e = child_start(program, NULL, &c, why);
	if (e)
		return e;
	e = exchange(&c, NULL, NULL, NULL);
	if (!e)
		e = exchange(&c, "SETDESC", prompt, NULL);
	if (!e)
		e = exchange(&c, "SETPROMPT", "Secret:", NULL);
	if (!e)
		e = exchange(&c, "GETPIN", NULL, &s);
	child_wait(&c);
	if (e || !s.len)
		return why_set(why, ERR_CANCELED, "pinentry gave no passphrase");
	*ret = s;
	s = SECRET_TEXT_INIT;
	return ERR_OK;
}
