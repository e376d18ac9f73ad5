/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one error type: what happened (message) and what the person can do (hint).
 *
 * It lives on the caller's stack and owns no memory. A function that can fail takes `struct err *err`
 * last and returns 0 or a negative errno (or NULL). Context is put in front on the way up. Only a
 * main prints errors or exits. @err may be NULL where the caller does not care.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/codes.h"
#include "base/util.h"

#define ERR_TOLD_MOST 1024

struct err {
	int number;         /* negative errno; 0 = no error */
	char code[16];      /* untranslated code such as PT-DISK-02, or "" */
	char message[1024]; /* one line of UTF-8, no full stop */
	char hint[1024];    /* one line, what to do; or "" */
	/* Both, to be told in another language (base/told.h); "" where they cannot be. */
	char told[ERR_TOLD_MOST], told_hint[ERR_TOLD_MOST];
};

/* Each returns @number, so that a failing function can `return err_set(...)`. */
int err_set(struct err *err, int number, const char *fmt, ...) PRINTF(3, 4);
/* As err_set(), and appends ": " and the text of the errno. */
int err_errno(struct err *err, int number, const char *fmt, ...) PRINTF(3, 4);
/* Puts "context: " before the message. Keeps number, code and hint. Returns err's number. */
int err_prefix(struct err *err, const char *fmt, ...) PRINTF(2, 3);
void err_hint(struct err *err, const char *fmt, ...) PRINTF(2, 3);
void err_code(struct err *err, enum code code);
/* For an error that came from another process: its code as it stood there. */
void err_code_text(struct err *err, const char *code);
/* Whether @err says @code. */
bool err_is(const struct err *err, enum code code);

/* @err as it is told in the language that _() answers in now, whatever it was made in: for errors that were kept. */
void err_now(const struct err *err, struct err *out);

/* Writes "program: message (CODE)" and the hint to stderr. For a main only. */
void err_print(const struct err *err, const char *program);

#endif
