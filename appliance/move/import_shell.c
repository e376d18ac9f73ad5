/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move/import_shell.h"

#include "base/i18n.h"

#include <ctype.h>
#include <errno.h>

#define TEXT_MAX  ((size_t)4 << 20) /* of all words: variables can double themselves */
#define WORD_MAX  IMPORT_LINE_MAX
#define OPERATORS ";&|()<>{}"

struct reader {
	const struct draft *d;
	const char *at;
	int line;
	struct shell *shell;
	struct strv words; /* of the command that is being read */
	int *lines;
	char *word; /* that is being read */
	bool begun; /* it is there, if empty */
	size_t size, total;
	struct err *err;
	int r;
};

static bool is_name_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void fail(struct reader *r, int line, const char *why)
{
	if (r->r == 0)
		r->r = import_refuse(r->d, line, why, r->err);
}

static void put(struct reader *r, const char *text, size_t n)
{
	r->total += n;
	if (r->size + n > WORD_MAX || r->total > TEXT_MAX)
		return fail(r, r->line, _("the words of the script grow without end"));
	r->word = xrealloc(r->word, r->size + n + 1, 1);
	memcpy(r->word + r->size, text, n);
	r->size += n;
	r->word[r->size] = '\0';
	r->begun = true;
}

static void end_word(struct reader *r)
{
	if (!r->begun)
		return;
	r->total += sizeof(char *); /* empty words, too */
	strv_add(&r->words, r->word ? r->word : "");
	r->lines = xrealloc(r->lines, r->words.n, sizeof(*r->lines));
	r->lines[r->words.n - 1] = r->line;
	r->size = 0;
	r->begun = false;
	if (r->word)
		r->word[0] = '\0';
}

/* --- variables --- */

static struct shell_variable *find(const struct shell *shell, const char *name, size_t n)
{
	for (size_t i = shell->n_variables; i-- > 0;)
		if (strlen(shell->variables[i].name) == n &&
		        strncmp(shell->variables[i].name, name, n) == 0)
			return &shell->variables[i];
	return NULL;
}

static struct shell_variable *make(struct reader *r, const char *name, size_t n, bool more)
{
	struct shell_variable *v = find(r->shell, name, n);

	if (!v) {
		v = list_append(r->shell->variables, r->shell->n_variables);
		v->name = xstrndup(name, n);
	}
	if (!more) {
		strv_finish(&v->values);
		v->values = (struct strv){0};
	}
	v->line = r->line;
	return v;
}

/* The value between words of an array, or with spaces in it where it is not quoted. */
static void put_value(struct reader *r, const char *value, bool quoted)
{
	if (quoted)
		return put(r, value, strlen(value));
	for (const char *c = value; *c; c++) {
		if (*c == ' ' || *c == '\t' || *c == '\n')
			end_word(r);
		else
			put(r, c, 1);
	}
}

static void expand(struct reader *r, const struct shell_variable *v, bool quoted)
{
	for (size_t i = 0; i < v->values.n && r->r == 0; i++) {
		if (i)
			end_word(r);
		if (quoted)
			r->begun = true;
		put_value(r, v->values.list[i], quoted);
	}
}

/* From $( or ` to what ends it. */
static size_t substitution_length(const char *at)
{
	int depth = 0;
	size_t n = 0;

	if (at[0] == '`') {
		const char *end = strchr(at + 1, '`');

		return end ? (size_t)(end - at) + 1 : 1;
	}
	for (n = 1; at[n]; n++) {
		depth += at[n] == '(';
		depth -= at[n] == ')';
		if (depth == 0)
			return n + 1;
	}
	return n;
}

/* ${NAME}, ${NAME[@]}, ${NAME:-default}: its end, and the name. */
static void read_braces(struct reader *r, bool quoted)
{
	const char *name = r->at + 2;
	size_t n = 0, all = strcspn(r->at, "}");
	const struct shell_variable *v;

	while (is_name_letter(name[n]))
		n++;
	v = find(r->shell, name, n);
	if (r->at[all] != '}')
		return fail(r, r->line, _("${ is not closed"));
	if (v)
		expand(r, v, quoted);
	else if (starts_with(name + n, ":-") || name[n] == '-')
		put(r, name + n + (name[n] == ':' ? 2 : 1),
		        (size_t)(r->at + all - name) - n - (name[n] == ':' ? 2 : 1));
	else
		put(r, r->at, all + 1);
	r->at += all + 1;
}

static void read_dollar(struct reader *r, bool quoted)
{
	const struct shell_variable *v;
	size_t n = 0;

	if (r->at[0] == '`' || r->at[1] == '(') {
		size_t length = substitution_length(r->at);

		for (size_t i = 0; i < length; i++)
			r->line += r->at[i] == '\n';
		put(r, r->at, length);
		r->at += length;
		return;
	}
	if (r->at[1] == '{')
		return read_braces(r, quoted);
	while (is_name_letter(r->at[1 + n]))
		n++;
	v = n ? find(r->shell, r->at + 1, n) : NULL;
	if (v)
		expand(r, v, quoted);
	else
		put(r, r->at, n + 1);
	r->at += n + 1;
}

/* --- quotes --- */

static void read_single(struct reader *r)
{
	const char *end = strchr(r->at + 1, '\'');

	if (!end)
		return fail(r, r->line, _("a quote is not closed"));
	r->begun = true;
	put(r, r->at + 1, (size_t)(end - r->at) - 1);
	for (; r->at < end; r->at++)
		r->line += *r->at == '\n';
	r->at++;
}

static void read_double(struct reader *r)
{
	int line = r->line;

	r->begun = true;
	r->at++;
	while (*r->at && *r->at != '"' && r->r == 0) {
		if (r->at[0] == '\\' && r->at[1] && strchr("\"\\$`\n", r->at[1])) {
			if (r->at[1] == '\n')
				r->line++;
			else
				put(r, r->at + 1, 1);
			r->at += 2;
		} else if (*r->at == '$' || *r->at == '`') {
			read_dollar(r, true);
		} else {
			r->line += *r->at == '\n';
			put(r, r->at++, 1);
		}
	}
	if (!*r->at)
		return fail(r, line, _("a quote is not closed"));
	r->at += r->r == 0;
}

static void read_escape(struct reader *r)
{
	if (r->at[1] == '\n') {
		r->line++;
		r->at += 2;
	} else if (r->at[1] == '\r' && r->at[2] == '\n') {
		r->line++;
		r->at += 3;
	} else if (r->at[1]) {
		put(r, r->at + 1, 1);
		r->at += 2;
	} else {
		r->at++;
	}
}

/* One word, or several where a variable has them. */
static void read_word(struct reader *r)
{
	while (*r->at && r->r == 0 && !isspace((unsigned char)*r->at) &&
	        !strchr(";&|()<>", *r->at)) {
		if (*r->at == '\\')
			read_escape(r);
		else if (*r->at == '\'')
			read_single(r);
		else if (*r->at == '"')
			read_double(r);
		else if (*r->at == '$' || *r->at == '`')
			read_dollar(r, false);
		else
			put(r, r->at++, 1);
	}
}

static void skip_blank(struct reader *r, bool newlines)
{
	for (;;) {
		if (*r->at == ' ' || *r->at == '\t' || *r->at == '\r' ||
		        (newlines && *r->at == '\n'))
			r->line += *r->at++ == '\n';
		else if (r->at[0] == '\\' && (r->at[1] == '\n' || r->at[1] == '\r'))
			read_escape(r);
		else if (*r->at == '#')
			r->at += strcspn(r->at, "\n");
		else
			return;
	}
}

/* --- assignments and commands --- */

/* NAME= or NAME+= at the place; its name's length, 0: none. */
static size_t assignment(const char *at)
{
	size_t n = 0;

	while (is_name_letter(at[n]))
		n++;
	return n && !isdigit((unsigned char)at[0]) && (at[n] == '=' || starts_with(at + n, "+="))
	               ? n
	               : 0;
}

static void read_array(struct reader *r, struct shell_variable *v)
{
	struct strv outer = r->words;

	r->words = (struct strv){0};
	r->at++;
	skip_blank(r, true);
	while (*r->at && *r->at != ')' && r->r == 0) {
		const char *before = r->at;

		read_word(r);
		end_word(r);
		skip_blank(r, true);
		if (r->at == before)
			r->at++;
	}
	strv_foreach (word, &r->words)
		strv_add(&v->values, *word);
	strv_finish(&r->words);
	r->words = outer;
	r->at += *r->at == ')';
}

static void read_assignment(struct reader *r, size_t n)
{
	const char *name = r->at;
	bool more = name[n] == '+';
	cleanup_free char *old = NULL, *value = NULL;
	struct shell_variable *v;

	r->at += n + (more ? 2 : 1);
	if (*r->at == '(')
		return read_array(r, make(r, name, n, more));
	r->begun = false;
	read_word(r);
	/* Several words of a value without quotes are one. */
	while (r->words.n) {
		cleanup_free char *joined = strv_join(&r->words, " ");

		put(r, "", 0);
		value = xasprintf("%s%s%s", joined, r->size ? " " : "", r->size ? r->word : "");
		strv_finish(&r->words);
		r->words = (struct strv){0};
	}
	v = make(r, name, n, true);
	old = more && v->values.n ? xstrdup(v->values.list[0]) : xstrdup("");
	strv_finish(&v->values);
	v->values = (struct strv){0};
	strv_addf(&v->values, "%s%s", old, value ? value : r->size ? r->word : "");
	r->size = 0;
	r->begun = false;
}

static void end_command(struct reader *r)
{
	if (!r->words.n)
		return;
	*list_append(r->shell->commands, r->shell->n_commands) =
	        (struct shell_command){r->words, take_ptr(r->lines)};
	r->words = (struct strv){0};
}

static void read_script(struct reader *r)
{
	while (r->r == 0) {
		size_t n;

		skip_blank(r, false);
		if (!*r->at)
			break;
		if (*r->at == '\n' || strchr(";&|()<>", *r->at)) {
			r->line += *r->at++ == '\n';
			end_command(r);
			continue;
		}
		n = r->words.n ? 0 : assignment(r->at);
		if (n) {
			read_assignment(r, n);
			continue;
		}
		read_word(r);
		end_word(r);
	}
	end_command(r);
}

int shell_read(const struct draft *d, const char *text, struct shell *out, struct err *err)
{
	struct reader r = {.d = d, .at = text, .line = 1, .shell = out, .err = err};

	*out = (struct shell){0};
	read_script(&r);
	strv_finish(&r.words);
	free(r.lines);
	free(r.word);
	if (r.r < 0)
		shell_finish(out);
	return r.r;
}

void shell_finish(struct shell *shell)
{
	for (size_t i = 0; i < shell->n_commands; i++) {
		strv_finish(&shell->commands[i].words);
		free(shell->commands[i].lines);
	}
	for (size_t i = 0; i < shell->n_variables; i++) {
		free(shell->variables[i].name);
		strv_finish(&shell->variables[i].values);
	}
	free(shell->commands);
	free(shell->variables);
	*shell = (struct shell){0};
}
