/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small helpers of the test guest: kernel text files and time. */
#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int guest_read_text(const char *path, char *buf, size_t size)
{
	size_t length = 0;
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	buf[0] = '\0';
	if (fd < 0)
		return -errno;
	while (length < size - 1 && (n = read(fd, buf + length, size - 1 - length)) > 0)
		length += (size_t)n;
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0 && length == 0)
		return (int)n;
	while (length > 0 && isspace((unsigned char)buf[length - 1]))
		length--;
	buf[length] = '\0';
	return (int)length;
}

int guest_write_text(const char *path, const char *text)
{
	int result = 0;
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		result = -errno;
	close(fd);
	return result;
}

int64_t guest_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void guest_sleep_ms(int ms)
{
	struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

void guest_copy(char *to, size_t size, const char *from)
{
	size_t length = strnlen(from, size - 1);

	memmove(to, from, length);
	to[length] = '\0';
}

void guest_append(char *buf, size_t size, const char *format, ...)
{
	size_t length = strnlen(buf, size);
	va_list args;

	if (length >= size)
		return;
	va_start(args, format);
	vsnprintf(buf + length, size - length, format, args);
	va_end(args);
}
