/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of who has a block device open, as playthrough-opens sends it. */
#include "host/ask.h"
#include "host/attr.h"
#include "host/block_opens.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define SOCKET     "/run/playthrough-opens.sock"
#define ANSWER_US  10000000u /* it starts, also on a busy PC, and looks at some hundred processes */
#define ANSWER_MAX (1u << 20) /* bytes */
#define FIELDS     6          /* of a line */
#define NO_VM      "-"

/* --- its form --- */

/* White space and what does not print become \ooo, as in mountinfo; an empty text is "?". */
static void put_word(FILE *out, const char *s)
{
	if (!*s)
		fputc('?', out);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c <= ' ' || c == '\\' || c == 0x7f)
			fprintf(out, "\\%03o", c);
		else
			fputc(c, out);
	}
}

char *block_opens_format(const struct block_opens *opens, bool all)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	for (size_t i = 0; i < opens->n; i++) {
		const struct block_open *open = &opens->list[i];

		fprintf(out, "%s %u %u ", open->process, open->place.major, open->place.minor);
		put_word(out, open->vm ? open->vm : NO_VM);
		fputc(' ', out);
		put_word(out, open->program);
		fputc(' ', out);
		put_word(out, open->place.path);
		fputc('\n', out);
	}
	fprintf(out, "end %d\n", all);
	if (fclose(out) != 0)
		abort();
	return text;
}

static char *word(const char *field)
{
	return text_clean(text_unescape(xstrdup(field)));
}

static int parse_line(const struct strv *fields, const char *self, struct block_opens *out)
{
	struct block_open *open;
	uint64_t major, minor;

	if (fields->n != FIELDS || !is_numbered(fields->list[0], "") ||
	        parse_u64(fields->list[1], 10, UINT32_MAX, &major) < 0 ||
	        parse_u64(fields->list[2], 10, UINT32_MAX, &minor) < 0)
		return -EINVAL;
	if (streq(fields->list[0], self))
		return 0;
	open = list_append(out->list, out->n);
	open->process = xstrdup(fields->list[0]);
	open->place.major = (unsigned)major;
	open->place.minor = (unsigned)minor;
	open->vm = streq(fields->list[3], NO_VM) ? NULL : word(fields->list[3]);
	open->program = word(fields->list[4]);
	open->place.path = word(fields->list[5]);
	return 0;
}

int block_opens_parse(const char *text, const char *self, struct block_opens *out, bool *all)
{
	cleanup_free char *copy = xstrdup(text);
	char *rest = copy;

	*out = (struct block_opens){0};
	for (char *line; (line = text_next_line(&rest));) {
		cleanup_strv struct strv fields = {0};

		strv_split(&fields, line, " ");
		if (fields.n == 2 && streq(fields.list[0], "end")) {
			*all = streq(fields.list[1], "1");
			return 0;
		}
		if (parse_line(&fields, self, out) < 0)
			break;
	}
	/* A list that was cut off is none. */
	block_opens_finish(out);
	return -EINVAL;
}

/* --- asking --- */

static bool ask(struct block_opens *out)
{
	cleanup_free char *self = xasprintf("%d", (int)getpid());
	cleanup_free char *text = host_ask(SOCKET, ANSWER_MAX, ANSWER_US, NULL);
	struct block_opens answer;
	bool all;

	if (!text || block_opens_parse(text, self, &answer, &all) < 0)
		return false;
	block_opens_finish(out);
	*out = answer;
	return all;
}

bool block_opens_take(const struct root *root, struct block_opens *out)
{
	bool all = block_opens_scan(root, out);

	/* Another user than root would only be refused. */
	return all || (root_is_host(root) && geteuid() == 0 && ask(out));
}
