/* SPDX-License-Identifier: MIT
 * The one error taxonomy. Every function below fs/ that can fail returns an err_t: ERR_OK (0) or one of these.
 * Outputs (ret_ parameters) are untouched on failure. The origin of an unexpected failure logs it once; callers pass it
 * on. ERR_NOTFOUND is the only code that callers usually handle as an answer. fs/ turns codes into errno values
 * (fs/errno.c).
 */
#pragma once

typedef enum err {
	ERR_OK = 0,
	ERR_NOTFOUND,  /* the record, object or name is not there (an answer, never logged) */
	ERR_NOMEM,     /* allocation failed */
	ERR_IO,        /* local disk: a read, write or sync failed */
	ERR_NOSPACE,   /* local disk or cache limit full */
	ERR_INVAL,     /* the caller's arguments do not fit */
	ERR_CRYPTO,    /* a primitive of the crypto library failed */
	ERR_DAMAGED,   /* bytes do not authenticate, or hash, or decode: damage or an attack */
	ERR_VERSION,   /* written by a newer version, or needs a feature that this one lacks */
	ERR_WRONGKEY,  /* passphrase, recovery key or device key does not open this */
	ERR_LIMIT,     /* over a limit of the format or of this build */
	ERR_EXISTS,    /* is there already */
	ERR_BUSY,      /* in use by someone else: locked vault, mounted, open files */
	ERR_NET,       /* store unreachable or answering nonsense; worth another try later */
	ERR_TIMEOUT,   /* no answer in time; worth another try later */
	ERR_DENIED,    /* store refuses user or keys (401): whatever is asked; do not hammer */
	ERR_STOREFULL, /* store says full or over quota (507, QuotaExceeded, ENOSPC of a dir store) */
	ERR_CLOCK,     /* store says that our clock is wrong */
	ERR_TLS,       /* certificate not trusted, or TLS failed */
	ERR_NOSTORE,   /* bucket, share or directory of the store does not exist */
	ERR_CANCELED,  /* shut down or interrupted before it was done */
	ERR_FORK,      /* the store shows something that its own signed history excludes (rollback, equivocation) */
	ERR_REFUSED,   /* store refuses that object or request (403): that one alone, as long as others are answered */
	ERR_COUNT_
} err_t;

#define MUST_CHECK __attribute__((warn_unused_result))

/* err_text: a static English phrase for `e`, without a full stop. */
const char *err_text(err_t e);

/* A sentence for the person, filled in at the origin of a failure that the command line will print.
 * Optional everywhere (NULL is fine). */
struct why {
	char text[512];
};
/* why_set: printf into `why` unless it is NULL or already set; returns `e`, so `return why_set(why, ERR_NET, "...")`.
 */
err_t why_set(struct why *why, err_t e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
