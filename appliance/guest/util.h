/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small helpers of the test guest: kernel text files and time. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Reads at most size - 1 bytes of a file and ends them with NUL; trailing white space is cut.
 * Returns the length, or -errno with buf empty.
 */
int guest_read_text(const char *path, char *buf, size_t size);

/* Writes text to an existing file (sysfs, proc). Returns 0 or -errno. */
int guest_write_text(const char *path, const char *text);

/* Monotonic time in milliseconds. */
int64_t guest_now_ms(void);

void guest_sleep_ms(int ms);

/* Copies at most size - 1 bytes and always ends with NUL. */
void guest_copy(char *to, size_t size, const char *from);

/* snprintf at the end of a NUL-terminated buffer; what does not fit is cut. */
__attribute__((format(printf, 3, 4))) void guest_append(
        char *buf, size_t size, const char *format, ...);
