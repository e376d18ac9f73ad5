/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The few idioms every module uses: scope cleanup, allocation that cannot fail, and comparison.
 * Out of memory aborts the process: no caller could do better than stop.
 */
#ifndef BASE_UTIL_H
#define BASE_UTIL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF(f, a)  __attribute__((format(printf, f, a)))
#define cleanup(f)    __attribute__((cleanup(f)))
#define cleanup_free  cleanup(free_ptr)
#define cleanup_close cleanup(close_fd)
#define streq(a, b)   (strcmp((a), (b)) == 0)

/* Hands a value over and leaves the old owner empty, so that its cleanup does nothing. */
#define take_ptr(p)                         \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})
#define take_fd(fd)                \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

/* Cleanup functions; @p points at the variable that leaves scope. */
void free_ptr(void *p);
void close_fd(int *fd); /* fd < 0 is nothing to close; keeps errno */

/* All of these abort when memory runs out. The caller frees what they return. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size); /* like reallocarray() */
char *xstrdup(const char *s);                   /* NULL stays NULL */
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF(1, 2);
char *xvasprintf(const char *fmt, va_list ap) PRINTF(1, 0);

/* Grows @list of elements of *list by one zeroed element and returns a pointer to it. */
#define list_append(list, n)                                         \
	({                                                           \
		(list) = xrealloc((list), (n) + 1, sizeof(*(list))); \
		memset(&(list)[(n)], 0, sizeof(*(list)));            \
		&(list)[(n)++];                                      \
	})

bool starts_with(const char *s, const char *prefix);
bool ends_with(const char *s, const char *suffix);
size_t utf8_columns(
        const char *s, size_t n); /* of at most @n bytes of UTF-8 text: its characters */
char *strip(char *s); /* cuts white space at both ends in place; returns the new start */

/*
 * Parses the whole of @s as a number in @base (0: decimal, or hexadecimal after 0x). Returns 0, or -EINVAL with
 * @out untouched when anything but digits is in it, -ERANGE when it exceeds @max.
 */
int parse_u64(const char *s, int base, uint64_t max, uint64_t *out);

/* FNV-1a of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/), the same in every run; @sum tells kinds of use apart. */
uint64_t text_hash(const char *text, uint64_t sum);

uint64_t monotonic_us(void); /* CLOCK_MONOTONIC */

#endif
