/* SPDX-License-Identifier: MIT */
#include "cli/secrets/portable.h"

#include "cli/secrets/strength.h"

#include <stdio.h>

void portable_explain(void)
{
	fputs("A portable passphrase opens the vault from the cloud. Whoever can read there, or gets a copy, can try\n"
	      "passphrases on it on machines of their own, unseen and for ever: changing it later does not change the\n"
	      "copy. Take four words or more that have nothing to do with each other.\n",
	      stderr);
}

err_t portable_check(const struct secret_text *text, struct why *why)
{
	unsigned bits;
	err_t e = strength_bits(SPAN(text->p, text->len), &bits);
	if (e || bits >= STRENGTH_PORTABLE)
		return e;
	return why_set(why, ERR_INVAL,
	               "that passphrase is too weak to be portable, since whoever reads the cloud can try passphrases "
	               "on it: take four words or more, or leave --portable-passphrase out");
}
