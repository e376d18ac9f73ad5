/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's own words, as kernel_log.h tells: which sentences stand in a line. */
#ifndef HOST_KERNEL_WORDS_H
#define HOST_KERNEL_WORDS_H

#include "host/kernel_log.h"

typedef void kernel_words_heard(void *to, enum kernel_says says);

/* Tells of each sentence that begins within the first @own bytes of the line in lower case. */
void kernel_words_of(const char *lower, size_t own, kernel_words_heard *heard, void *to);

/* Which of the mileposts, one bit each, were passed by now; a log that passed enough of them was not filtered. */
unsigned kernel_words_posts(const char *lower, unsigned passed);
bool kernel_words_enough(unsigned posts);

#endif
