/* SPDX-License-Identifier: MIT */
#include "cli/secrets/secret_input.h"

#include "cli/secrets/askpass.h"
#include "cli/secrets/terminal.h"
#include "util/cleanup.h"
#include "util/process.h"

static err_t without_terminal(const struct secret_from *from, const char *prompt, struct secret_text *ret,
                              struct why *why)
{
	const char *program = from->askpass;
	if (!program)
		program = getenv("CLOUDSEAL_ASKPASS");
	if (!program || !*program)
		program = getenv("SSH_ASKPASS");
	if (program && *program)
		return askpass_program(program, prompt, ret, why);
	const struct pinentry_ask ask = { prompt, from->vault, from->button, from->wrong };
	if (getenv("DISPLAY") || getenv("WAYLAND_DISPLAY"))
		return askpass_desktop(&ask, ret, why);
	if (from->recovery)
		return why_set(why, ERR_INVAL, "no terminal to ask for the recovery key: use --recovery-file");
	return why_set(why, ERR_INVAL, "no terminal to ask for the passphrase: use %s, --passfd or CLOUDSEAL_ASKPASS",
	               from->option ? from->option : "--passfile");
}

err_t secret_input_get(const struct secret_from *from, const char *prompt, struct secret_text *ret, bool *ret_asked,
                       struct why *why)
{
	*ret_asked = false;
	if (from->fd >= 0)
		return secret_text_read(from->fd, "the descriptor", ret, why);
	if (from->file)
		return secret_text_read_file(from->file, ret, why);
	*ret_asked = true;
	cleanup_fd int tty = terminal_open();
	if (tty < 0)
		return without_terminal(from, prompt, ret, why);
	if (process_quiet(tty))
		return why_set(why, ERR_INVAL,
		               "cannot switch the terminal's echo off: use --passfile or --recovery-file");
	char line[256];
	snprintf(line, sizeof(line), "%s: ", prompt);
	return terminal_ask(&(struct terminal_question){ .tty = tty, .prompt = line }, ret, why);
}

void secret_input_done(void)
{
	process_loud();
}
