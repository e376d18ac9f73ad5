/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dialogue's windows on a text console (newt). Each waits for a person. */
#ifndef FIRST_SCREENS_H
#define FIRST_SCREENS_H

#include "base/err.h"

void screens_begin(void);
void screens_end(void);

/* The place of the item that was chosen; @at is where it begins. */
size_t screens_choose(
        const char *title, const char *text, const char *const *items, size_t n, size_t at);
/* Asks until first_check_user() is content; caller frees both, and wipes the password. */
void screens_user(char **name, char **password);
void screens_tell(const char *title, const char *text);
/* A text that may be long, and two buttons (@no may be NULL: one); whether the first was pressed. */
bool screens_ask(const char *title, const char *text, const char *yes, const char *no);
/* Stays until the next window or screens_waited(). */
void screens_wait(const char *text);
void screens_waited(void);

#endif
