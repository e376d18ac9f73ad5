/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/problems.h"

#include <errno.h>
#include <stdlib.h>

#define ROUNDS  (2 * PROFILE_PROBLEMS_MAX)
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. "

struct profile_problem *profile_problems_add(
        struct profile_problems *problems, const char *file, const struct err *err)
{
	struct profile_problem *p = list_append(problems->list, problems->n);

	p->file = xstrdup(file);
	p->section = xstrdup("");
	p->key = xstrdup("");
	p->err = *err;
	return p;
}

void profile_problems_finish(struct profile_problems *problems)
{
	for (size_t i = 0; i < problems->n; i++) {
		free(problems->list[i].file);
		free(problems->list[i].section);
		free(problems->list[i].key);
	}
	free(problems->list);
	*problems = (struct profile_problems){0};
}

/* --- lines, however broken --- */

static const char *next_line(const char *at)
{
	const char *newline = strchr(at, '\n');

	return newline ? newline + 1 : at + strlen(at);
}

static bool is_head(const char *line)
{
	return line[strspn(line, " \t")] == '[';
}

static const char *find_line(const char *text, int number)
{
	for (int i = 1; i < number && *text; i++)
		text = next_line(text);
	return text;
}

/* What stands between @from and the first of @ends, where it could be a name; else "". Caller frees. */
static char *word(const char *from, const char *ends)
{
	cleanup_free char *copy = xstrndup(from, strcspn(from, ends));
	const char *cut = strip(copy);

	return xstrdup(strspn(cut, LETTERS) == strlen(cut) ? cut : "");
}

static void replace(char **to, char *text)
{
	free(*to);
	*to = text;
}

/* Which section and key the line belongs to. */
static void fill_place(const char *text, struct profile_problem *p)
{
	const char *at = text, *head = NULL;

	for (int i = 1; i < p->line && *at; i++, at = next_line(at))
		head = is_head(at) ? at : head;
	if (is_head(at))
		head = at;
	else if (at[strcspn(at, "=\n")] == '=')
		replace(&p->key, word(at, "=\n"));
	if (head)
		replace(&p->section, word(head + strcspn(head, "[") + 1, "]\n"));
}

/* Writes spaces over the line, or over its section where it is a head. False: there was nothing left. */
static bool blank(char *text, int number)
{
	char *at = text + (find_line(text, number) - text);
	const char *end = next_line(at);
	bool changed = false;

	for (bool head = is_head(at); head && *end && !is_head(end);)
		end = next_line(end);
	for (; at < end; at++) {
		if (*at == '\n' || *at == ' ')
			continue;
		*at = ' ';
		changed = true;
	}
	return changed;
}

/* --- the parser's word --- */

/* Takes "FILE:LINE: " off the message. NULL: it does not begin with one of these files. */
static const char *take_place(struct err *err, const struct strv *files, int *line)
{
	strv_foreach (file, files) {
		size_t n = strlen(*file);
		char *rest;
		long number;

		if (!starts_with(err->message, *file) || err->message[n] != ':')
			continue;
		number = strtol(err->message + n + 1, &rest, 10);
		if (number < 1 || !starts_with(rest, ": "))
			continue;
		*line = (int)number;
		memmove(err->message, rest + 2, strlen(rest + 2) + 1);
		return *file;
	}
	return NULL;
}

/* A section that lacks a key because that very line was wrong and is blank by now. */
static bool follows(const struct profile_problems *problems, const struct profile_problem *p)
{
	for (size_t i = 0; !*p->key && *p->section && i < problems->n; i++) {
		const struct profile_problem *other = &problems->list[i];

		if (other != p && *other->key && streq(other->section, p->section))
			return true;
	}
	return false;
}

static void drop_last(struct profile_problems *problems)
{
	struct profile_problem *p = &problems->list[--problems->n];

	free(p->file);
	free(p->section);
	free(p->key);
}

/* Notes the fault and takes it out of @left. False: it cannot be, and what else is wrong stays unknown. */
static bool note(const struct strv *files, const char *text, char *left, struct err *err,
        struct profile_problems *problems)
{
	int line = 0;
	const char *file = take_place(err, files, &line);
	struct profile_problem *p =
	        profile_problems_add(problems, file ? file : files->list[0], err);

	p->line = line;
	if (!file || file != files->list[0])
		return false;
	fill_place(text, p);
	if (follows(problems, p))
		drop_last(problems);
	return blank(left, line);
}

/* In the order of their lines; what a drop-in has comes last, as it was found last. */
static void sort(struct profile_problems *problems, const char *own)
{
	for (size_t i = 1; i < problems->n; i++) {
		struct profile_problem p = problems->list[i];
		size_t at = i;

		for (; streq(p.file, own) && at > 0 && problems->list[at - 1].line > p.line; at--)
			problems->list[at] = problems->list[at - 1];
		problems->list[at] = p;
	}
}

int profile_problems_find(const struct strv *files, const char *text, struct profile *out,
        struct profile_problems *problems)
{
	cleanup_free char *left = xstrdup(text);
	const struct profile_text instead = {files->list[0], left};
	struct err err = {0};
	size_t before = problems->n;
	bool more = true;

	/* Of what only follows from other faults there may be much: each round reads the text. */
	for (unsigned round = 0;
	        more && round < ROUNDS && problems->n - before < PROFILE_PROBLEMS_MAX; round++) {
		if (profile_load_files(files, &instead, 1, out, &err) < 0) {
			more = note(files, text, left, &err, problems);
			continue;
		}
		if (problems->n == before)
			return 0;
		profile_finish(out);
		break;
	}
	sort(problems, files->list[0]);
	return -EINVAL;
}
