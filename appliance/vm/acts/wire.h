/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of acts as bytes and back: one encoder and one decoder, led by a table of each struct's members.
 *
 * The decoder's bytes may be hostile: whatever it returns has numbers that fit their members, words of enums that exist, texts
 * that end, lists as long as they say, and names and paths that lead nowhere else. What the values mean is judged by whoever
 * uses them. Numbers are 8 bytes, little end first; a text and a list have their length before them.
 */
#ifndef VM_ACTS_WIRE_H
#define VM_ACTS_WIRE_H

#include "base/err.h"

#define WIRE_MOST   \
	((size_t)96 \
	        << 10) /* bytes of one struct: what a packet between two processes carries easily */

enum wire_kind {
	WIRE_UNSIGNED, /* of 1, 2, 4 or 8 bytes, at most .most */
	WIRE_SIGNED,
	WIRE_BOOL,
	WIRE_TEXT,   /* char *, with .text */
	WIRE_CHARS,  /* char[]: ends within it */
	WIRE_BYTES,  /* uint8_t[] */
	WIRE_STRV,   /* struct strv */
	WIRE_STRUCT, /* a struct as a member */
	WIRE_LIST,   /* a pointer to several, their number at .count */
	WIRE_ARRAY,  /* room for several, their number at .count */
};

enum wire_text {
	WIRE_WORDS,  /* any */
	WIRE_NAME,   /* one part of a path, not "." or ".." */
	WIRE_WAY,    /* some of these, none of them ".." */
	WIRE_PATH,   /* from "/" on */
	WIRE_EITHER, /* of the last two */
};

struct wire_struct;

struct wire_field {
	enum wire_kind kind;
	size_t offset, size;
	uint64_t most;
	enum wire_text text;
	bool maybe; /* the text may be NULL */
	const struct wire_struct *of;
	size_t count; /* offset of a size_t */
};

struct wire_struct {
	size_t size;
	const struct wire_field *fields;
	size_t n;
};

#define WIRE_PLACE(type, member) \
	.offset = offsetof(type, member), .size = sizeof(((type *)NULL)->member)
#define WIRE_OF_UNSIGNED(type, member)                                              \
	{                                                                           \
		.kind = WIRE_UNSIGNED, WIRE_PLACE(type, member), .most = UINT64_MAX \
	}
#define WIRE_OF_SIGNED(type, member)                          \
	{                                                     \
		.kind = WIRE_SIGNED, WIRE_PLACE(type, member) \
	}
#define WIRE_OF_BOOL(type, member)                          \
	{                                                   \
		.kind = WIRE_BOOL, WIRE_PLACE(type, member) \
	}
#define WIRE_OF_ENUM(type, member, last)                                        \
	{                                                                       \
		.kind = WIRE_UNSIGNED, WIRE_PLACE(type, member), .most = (last) \
	}
#define WIRE_OF_TEXT(type, member, rule)                                    \
	{                                                                   \
		.kind = WIRE_TEXT, WIRE_PLACE(type, member), .text = (rule) \
	}
#define WIRE_OF_MAYBE(type, member, rule)                                                  \
	{                                                                                  \
		.kind = WIRE_TEXT, WIRE_PLACE(type, member), .text = (rule), .maybe = true \
	}
#define WIRE_OF_CHARS(type, member)                          \
	{                                                    \
		.kind = WIRE_CHARS, WIRE_PLACE(type, member) \
	}
#define WIRE_OF_BYTES(type, member)                          \
	{                                                    \
		.kind = WIRE_BYTES, WIRE_PLACE(type, member) \
	}
#define WIRE_OF_STRV(type, member)                          \
	{                                                   \
		.kind = WIRE_STRV, WIRE_PLACE(type, member) \
	}
#define WIRE_OF_STRUCT(type, member, table)                                   \
	{                                                                     \
		.kind = WIRE_STRUCT, WIRE_PLACE(type, member), .of = &(table) \
	}
#define WIRE_OF_LIST(type, member, number, table)                            \
	{                                                                    \
		.kind = WIRE_LIST, WIRE_PLACE(type, member), .of = &(table), \
		.count = offsetof(type, number)                              \
	}
#define WIRE_OF_ARRAY(type, member, number, table)                            \
	{                                                                     \
		.kind = WIRE_ARRAY, WIRE_PLACE(type, member), .of = &(table), \
		.count = offsetof(type, number)                               \
	}
#define WIRE_TABLE(type, members)                          \
	{                                                  \
		sizeof(type), members, ARRAY_SIZE(members) \
	}

struct wire_buffer {
	uint8_t *bytes;
	size_t n;
};

/* Appends; -E2BIG past WIRE_MOST, with @out as it was left. Caller frees @out's bytes. */
int wire_encode(const struct wire_struct *table, const void *value, struct wire_buffer *out);
/*
 * @value has room for the struct, and is to be finished in any case. -EBADMSG where the bytes are not one whole such struct and
 * nothing else.
 */
int wire_decode(const struct wire_struct *table, const uint8_t *bytes, size_t size, void *value);
/* Frees what wire_decode() made. */
void wire_finish(const struct wire_struct *table, void *value);

#endif
