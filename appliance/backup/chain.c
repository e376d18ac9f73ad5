/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/chain.h"

#include <errno.h>

#define MAGIC             0x514649fbu /* "QFI\xfb" */
#define HEAD_V2           72u
#define HEAD_LENGTH       100u
#define FEATURES          72u
#define FEATURE_ELSEWHERE (1u << 2)
#define EXTENSION_FORMAT  0xe2792acau

static uint32_t number(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t long_number(const unsigned char *at)
{
	return (uint64_t)number(at) << 32 | number(at + 4);
}

static bool says(const unsigned char *at, size_t n, const char *word)
{
	return n == strlen(word) && memcmp(at, word, n) == 0;
}

static enum chain_format format_of(const unsigned char *at, size_t n)
{
	if (says(at, n, "raw"))
		return CHAIN_RAW;
	return says(at, n, "qcow2") ? CHAIN_QCOW2 : CHAIN_OTHER;
}

/* Its extensions lie between the head and the backing file's name. */
static int read_format(const unsigned char *head, size_t from, size_t to, enum chain_format *out)
{
	while (to - from >= 8) {
		uint32_t type = number(head + from), size = number(head + from + 4);

		from += 8;
		if (!type)
			return 0;
		if (size > to - from)
			return -EINVAL;
		if (type == EXTENSION_FORMAT)
			*out = format_of(head + from, size);
		size = (size + 7) & ~7u;
		from = size > to - from ? to : from + size;
	}
	return 0;
}

int chain_read(const unsigned char *head, size_t n, struct chain *out)
{
	uint64_t at;
	uint32_t size, length = HEAD_V2, version;

	*out = (struct chain){0};
	if (n < HEAD_V2 || number(head) != MAGIC)
		return 0;
	out->is_qcow2 = true;
	version = number(head + 4);
	if (version >= 3 && n < HEAD_LENGTH + 4)
		return -EINVAL;
	if (version >= 3) {
		out->elsewhere = long_number(head + FEATURES) & FEATURE_ELSEWHERE;
		length = number(head + HEAD_LENGTH);
	}
	at = long_number(head + 8);
	size = number(head + 16);
	if (!at)
		return 0;
	if (!size || size >= sizeof(out->backing) || at > n || size > n - at || length > at ||
	        memchr(head + at, 0, size))
		return -EINVAL;
	memcpy(out->backing, head + at, size);
	return read_format(head, length, (size_t)at, &out->format);
}
