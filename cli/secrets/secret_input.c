/* SPDX-License-Identifier: MIT */
#include "cli/secrets/secret_input.h"

#include "util/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>

void secret_text_free(struct secret_text *s)
{
	secret_free(s->p);
	*s = SECRET_TEXT_INIT;
}

int secret_input_open_tty(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

err_t secret_input_fd(int fd, const char *what, struct secret_text *ret, struct why *why)
{
	cleanup(secret_text_free) struct secret_text s = { secret_alloc(SECRET_MAX + 1), 0 };
	if (!s.p)
		return ERR_NOMEM;
	for (;;) {
		char c;
		ssize_t n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return why_set(why, ERR_INVAL, "cannot read the secret from %.200s: %s", what, strerror(errno));
		if (n == 0 || c == '\n')
			break;
		if (s.len == SECRET_MAX || c == 0)
			return why_set(why, ERR_INVAL, "the secret in %.200s is too long or not text", what);
		s.p[s.len++] = c;
		crypto_wipe(&c, 1);
	}
	if (s.len && s.p[s.len - 1] == '\r')
		s.p[--s.len] = 0;
	if (!s.len)
		return why_set(why, ERR_INVAL, "the secret in %.200s is empty", what);
	*ret = s;
	memset(&s, 0, sizeof(s)); /* now the caller's */
	return ERR_OK;
}

err_t secret_input_file(const char *path, struct secret_text *ret, struct why *why)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return why_set(why, ERR_INVAL, "cannot read %.200s: %s", path, strerror(errno));
	return secret_input_fd(fd, path, ret, why);
}

/* Signals that would leave a terminal without echo. */
static void terminal_signals(sigset_t *set)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU };
	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaddset(set, signals[i]);
}

/* wait_line: 0 when the terminal has a line, else the signal that came. */
static int wait_line(int tty, int signals)
{
	for (;;) {
		struct pollfd p[2] = { { .fd = tty, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
		struct signalfd_siginfo info;
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return SIGTERM;
		if (p[1].revents & POLLIN && read(signals, &info, sizeof(info)) == sizeof(info))
			return (int)info.ssi_signo;
		if (p[0].revents)
			return 0;
	}
}

static void say(int tty, const char *text)
{
	ssize_t n = write(tty, text, strlen(text));
	(void)n; /* a terminal that is gone is noticed by the read */
}

/* ask_once: with the signals blocked: prompts, reads. *ret_signal: to be raised once everything is put back. */
static err_t ask_once(int tty, int signals, const char *prompt, bool echo, struct secret_text *ret, int *ret_signal,
                      struct why *why)
{
	struct termios was, quiet;
	if (tcgetattr(tty, &was))
		return why_set(why, ERR_INVAL, "not a terminal");
	quiet = was;
	if (!echo)
		quiet.c_lflag &= (tcflag_t) ~(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	if (tcsetattr(tty, TCSAFLUSH, &quiet))
		return why_set(why, ERR_INVAL, "cannot switch the terminal's echo off");
	say(tty, prompt);
	*ret_signal = wait_line(tty, signals);
	err_t e = *ret_signal ? ERR_CANCELED : secret_input_fd(tty, "the terminal", ret, why);
	tcsetattr(tty, TCSAFLUSH, &was);
	if (!echo || *ret_signal)
		say(tty, "\n");
	return e;
}

err_t secret_input_terminal(int fd, const char *prompt, bool echo, struct secret_text *ret, struct why *why)
{
	sigset_t set, old;
	terminal_signals(&set);
	err_t e;
	int sig;
	do {
		sig = 0;
		if (pthread_sigmask(SIG_BLOCK, &set, &old))
			return ERR_IO;
		cleanup_fd int signals = signalfd(-1, &set, SFD_CLOEXEC);
		e = signals < 0 ? ERR_IO : ask_once(fd, signals, prompt, echo, ret, &sig, why);
		if (sig)
			raise(sig); /* pending until unblocked: then it does what it would have done */
		if (pthread_sigmask(SIG_SETMASK, &old, NULL))
			return ERR_IO;
	} while (sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU); /* continued: ask again */
	return e == ERR_CANCELED ? why_set(why, e, "interrupted") : e;
}

static err_t without_terminal(const struct secret_from *from, const char *prompt, struct secret_text *ret,
                              struct why *why)
{
	const char *program = from->askpass;
	if (!program)
		program = getenv("CLOUDSEAL_ASKPASS");
	if (!program || !*program)
		program = getenv("SSH_ASKPASS");
	if (program && *program)
		return secret_input_program(program, prompt, ret, why);
	if (getenv("DISPLAY") || getenv("WAYLAND_DISPLAY"))
		return secret_input_pinentry("pinentry", prompt, ret, why);
	return why_set(why, ERR_INVAL,
	               "no terminal to ask for the passphrase: use --passfile, --passfd or CLOUDSEAL_ASKPASS");
}

err_t secret_input_get(const struct secret_from *from, const char *prompt, struct secret_text *ret, bool *ret_asked,
                       struct why *why)
{
	*ret_asked = false;
	if (from->fd >= 0)
		return secret_input_fd(from->fd, "the descriptor", ret, why);
	if (from->file)
		return secret_input_file(from->file, ret, why);
	*ret_asked = true;
	cleanup_fd int tty = secret_input_open_tty();
	if (tty < 0)
		return without_terminal(from, prompt, ret, why);
	char line[256];
	snprintf(line, sizeof(line), "%s: ", prompt);
	return secret_input_terminal(tty, line, false, ret, why);
}
