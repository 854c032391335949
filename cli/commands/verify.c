/* SPDX-License-Identifier: MIT
 * The three numbers, in words, as a QR code, and compared with what such a code of another device says.
 */
#include "cli/commands/verify.h"

#include "cli/control/client.h"
#include "cli/ui/digits.h"
#include "cli/ui/exit.h"
#include "cli/ui/print_json.h"
#include "cli/ui/qr.h"
#include "cli/ui/units.h"
#include "cli/vaults/target.h"
#include "util/cleanup.h"

#include <ctype.h>
#include <string.h>

static void drop(json_t *const *j)
{
	json_decref(*j);
}

static const char *const compared[] = { "genesis", "members", "state" };
#define NUMBERS 3
#define DIGITS 30 /* of each */
/* What the QR code says: letters, digits and signs that its small alphabet has, so that it fits on a terminal of 24
 * lines. */
#define CODE_BEGINS "CLOUDSEAL "
#define CODE_BETWEEN " / "
#define CODE_TEXT (sizeof(CODE_BEGINS) + NUMBERS * (DIGITS_TEXT + sizeof(CODE_BETWEEN)))

/* add_digits: each hash becomes {"hash": ..., "digits": ...}. */
static bool add_digits(json_t *verify)
{
	for (size_t i = 0; i < ARRAY_LEN(compared); i++) {
		const char *text = json_string_value(json_object_get(verify, compared[i]));
		char digits[DIGITS_TEXT];
		struct hash h;
		if (!text || !hex_decode(text, h.b, HASH_LEN))
			return false;
		digits_of(h, digits);
		if (json_object_set_new(verify, compared[i], json_pack("{s:s,s:s}", "hash", text, "digits", digits)))
			return false;
	}
	return true;
}

static const char *digits(const json_t *verify, size_t i)
{
	const char *s = json_string_value(json_object_get(json_object_get(verify, compared[i]), "digits"));
	return s ? s : "";
}

static void code_text(const json_t *verify, char out[CODE_TEXT])
{
	snprintf(out, CODE_TEXT, CODE_BEGINS "%s" CODE_BETWEEN "%s" CODE_BETWEEN "%s", digits(verify, 0),
	         digits(verify, 1), digits(verify, 2));
}

/* complete: with what follows from the hashes. */
static bool complete(const struct vault_dir *v, json_t *verify)
{
	char code[CODE_TEXT];
	if (!verify || !add_digits(verify))
		return false;
	code_text(verify, code);
	return !json_object_set_new(verify, "qr", json_string(code)) &&
	       !json_object_set_new(verify, "name", json_string(v->name));
}

static int ask(const struct vault_dir *v, json_t **ret)
{
	cleanup(control_reply_free) struct control_reply r = { 0 };
	err_t e = control_call(v->fd, json_pack("{s:s}", "op", "verify"), NULL, &r);
	if (e) {
		exit_fail(e, v->name, &r.why);
		return r.code;
	}
	cleanup(drop) json_t *verify = json_incref(json_object_get(r.json, "verify"));
	if (!complete(v, verify))
		return exit_say(EXIT_DAMAGED,
		                "%s: the daemon's answer is malformed: is it of another version? Lock and "
		                "mount again",
		                v->name);
	*ret = steal_ptr(verify);
	return EXIT_OK;
}

static long long count(const json_t *verify, const char *name)
{
	return (long long)json_integer_value(json_object_get(verify, name));
}

static void print_words(const json_t *v)
{
	char pulled[64] = "never since it was mounted";
	const char *at = json_string_value(json_object_get(v, "last_pull"));
	if (at)
		units_time(at, pulled, sizeof(pulled));
	printf("Read these to who sits at another device of the vault, and run cloudseal verify there:\n\n");
	printf("  vault    %s    which vault this is\n", digits(v, 0));
	printf("  members  %s    who is in: devices %lld, keys to join by %lld\n", digits(v, 1), count(v, "devices"),
	       count(v, "ways_in"));
	printf("  state    %s    what is in it, by %lld commits\n\n", digits(v, 2), count(v, "commits"));
	printf("The same vault and members: both trust the same devices. The same state: both have the same files. "
	       "That\n"
	       "differs while one of them has not read what the other uploaded: run cloudseal sync on both first.\n"
	       "This device looked in the cloud last: %s. Whether the cloud shows it everything, no\n"
	       "number that one device shows can prove: only that another one shows the same.\n",
	       pulled);
}

static int show_code(const struct vault_dir *v, const json_t *verify)
{
	char text[CODE_TEXT];
	code_text(verify, text);
	if (qr_show(text, stdout))
		return EXIT_OK;
	fflush(stdout);
	return exit_say(EXIT_FAILED,
	                "%s: no QR code can be shown here: that needs a terminal of UTF-8 and 45 columns; --json has "
	                "its text",
	                v->name);
}

/* numbers_of: the digits of a text, whatever else is in it; false: that is not three numbers. */
static bool numbers_of(const char *text, char out[NUMBERS * DIGITS])
{
	size_t n = 0;
	for (; *text; text++)
		if (isdigit((unsigned char)*text) && n++ < NUMBERS * DIGITS)
			out[n - 1] = *text;
	return n == NUMBERS * DIGITS;
}

/* say_same: the first that differs. */
static int say_same(const struct vault_dir *v, const bool same[NUMBERS])
{
	if (!same[0])
		return exit_say(EXIT_FAILED, "%s: that is another vault", v->name);
	if (!same[1])
		return exit_say(EXIT_FAILED,
		                "%s: the same vault, but its members differ: run cloudseal sync on both devices, and "
		                "compare again",
		                v->name);
	if (!same[2])
		return exit_say(EXIT_FAILED,
		                "%s: the same vault and members, but the state differs: run cloudseal sync on both "
		                "devices, and compare again",
		                v->name);
	return EXIT_OK;
}

/* print_same: what is shown without a comparison, and which of it is the same. */
static int print_same(json_t *verify, const bool same[NUMBERS])
{
	json_t *j = json_object();
	for (size_t i = 0; i < NUMBERS; i++)
		(void)json_object_set_new(j, compared[i], json_boolean(same[i]));
	if (!j || json_object_size(j) != NUMBERS || json_object_set_new(verify, "same", j))
		return exit_fail(ERR_NOMEM, NULL, NULL);
	print_json(verify, stdout);
	return EXIT_OK;
}

static int compare(const struct vault_dir *v, json_t *verify, const struct options *o)
{
	char mine[NUMBERS * DIGITS], theirs[NUMBERS * DIGITS], text[CODE_TEXT];
	bool same[NUMBERS];
	code_text(verify, text);
	if (!numbers_of(o->against, theirs) || !numbers_of(text, mine))
		return exit_say(EXIT_USAGE, "%s: --against needs all that the QR code says: three numbers of %d digits",
		                v->name, DIGITS);
	for (size_t i = 0; i < NUMBERS; i++)
		same[i] = !memcmp(mine + i * DIGITS, theirs + i * DIGITS, DIGITS);
	int shown = o->json ? print_same(verify, same) : EXIT_OK;
	int code = shown ? shown : say_same(v, same);
	if (!code && !o->json)
		printf("%s: the same vault, members and state.\n", v->name);
	return code;
}

int command_verify(const struct options *o)
{
	cleanup(vaults_close) struct vault_dir v = VAULT_DIR_INIT;
	cleanup(drop) json_t *answer = NULL;
	int code = target_open(o->args[0], &v);
	if (!code)
		code = ask(&v, &answer);
	if (code)
		return code;
	if (o->against)
		return compare(&v, answer, o);
	if (o->json)
		print_json(answer, stdout);
	else
		print_words(answer);
	return o->qr && !o->json ? show_code(&v, answer) : EXIT_OK;
}
