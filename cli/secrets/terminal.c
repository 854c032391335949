/* SPDX-License-Identifier: MIT */
#include "cli/secrets/terminal.h"

#include "util/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/signalfd.h>
#include <termios.h>

int terminal_open(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
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
static err_t ask_once(const struct terminal_question *q, int signals, struct secret_text *ret, int *ret_signal,
                      struct why *why)
{
	struct termios was, quiet;
	if (tcgetattr(q->tty, &was))
		return why_set(why, ERR_INVAL, "not a terminal: use --passfile");
	quiet = was;
	if (!q->echo)
		quiet.c_lflag &= (tcflag_t) ~(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_lflag |= ICANON | ISIG;
	if (tcsetattr(q->tty, TCSAFLUSH, &quiet))
		return why_set(why, ERR_INVAL,
		               "cannot switch the terminal's echo off: use --passfile or --recovery-file");
	say(q->tty, q->prompt);
	*ret_signal = wait_line(q->tty, signals);
	err_t e = *ret_signal ? ERR_CANCELED : secret_text_read(q->tty, "the terminal", ret, why);
	tcsetattr(q->tty, TCSAFLUSH, &was);
	if (!q->echo || *ret_signal)
		say(q->tty, "\n");
	return e;
}

static bool stops(int sig)
{
	return sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

err_t terminal_ask(const struct terminal_question *q, struct secret_text *ret, struct why *why)
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
		e = signals < 0 ? ERR_IO : ask_once(q, signals, ret, &sig, why);
		if (sig)
			raise(sig); /* pending until unblocked: then it does what it would have done */
		if (pthread_sigmask(SIG_SETMASK, &old, NULL))
			return ERR_IO;
	} while (stops(sig)); /* continued: ask again */
	return e == ERR_CANCELED ? why_set(why, e, "interrupted") : e;
}

static bool is_yes(const struct secret_text *answer)
{
	return answer->len && (!strcasecmp(answer->p, "y") || !strcasecmp(answer->p, "yes"));
}

err_t terminal_yes(int tty, const char *prompt, struct why *why)
{
	cleanup(secret_text_free) struct secret_text answer = { 0 };
	err_t e = terminal_ask(&(struct terminal_question){ tty, prompt, true }, &answer, why);
	if (e && e != ERR_INVAL)
		return e;
	if (why)
		why->text[0] = 0;
	return !e && is_yes(&answer) ? ERR_OK : ERR_CANCELED;
}
