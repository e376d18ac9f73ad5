/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_defaults.h"

#include "base/i18n.h"

#include <ctype.h>

#define TEXT_MAX  ((size_t)1 << 18)
#define VALUE_MAX ((size_t)1 << 16) /* X=$X$X doubles */
#define NAMES_MAX 1000

struct reader {
	const char *p;
	unsigned line;
	const char *file;
	enum grub_shell shell;
	struct grub_defaults *out;
	unsigned blocks;      /* if, for, case, { that are open */
	unsigned parentheses; /* ( that are open */
	bool conditional;     /* after && or ||, or in a pipe */
	bool stopped;         /* what follows cannot be told apart */
};

/* A word of the shell, after its expansions. */
struct word {
	char *text;
	size_t n;
	const char *unknown; /* why its text is not known; NULL */
	bool quoted;         /* some of it was in quotes: no keyword */
};

static void word_finish(struct word *w)
{
	free(w->text);
}

static void word_add(struct word *w, const char *bytes, size_t n)
{
	if (w->n + n > VALUE_MAX) {
		w->unknown = N_("the value is too long");
		return;
	}
	w->text = xrealloc(w->text, w->n + n + 1, 1);
	memcpy(w->text + w->n, bytes, n);
	w->n += n;
	w->text[w->n] = '\0';
}

static void broken(struct reader *r, const char *what)
{
	if (!r->out->broken)
		r->out->broken = xasprintf("%s:%u: %s", r->file, r->line, what);
	r->stopped = true;
}

static size_t name_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return isdigit((unsigned char)*s) ? 0 : n;
}

static void forget_value(struct grub_default *d, const char *why)
{
	free(d->value);
	free(d->why);
	d->value = NULL;
	d->why = xstrdup(why);
}

static struct grub_default *find(struct grub_defaults *defaults, const char *name, size_t n)
{
	for (size_t i = 0; i < defaults->n; i++) {
		if (!strncmp(defaults->list[i].name, name, n) && !defaults->list[i].name[n])
			return &defaults->list[i];
	}
	return NULL;
}

/* Something that may set any variable. */
static void doubt_all(struct reader *r, const char *why)
{
	for (size_t i = 0; i < r->out->n; i++) {
		if (r->out->list[i].value)
			forget_value(&r->out->list[i], why);
	}
	free(r->out->doubt);
	r->out->doubt = xasprintf("%s:%u: %s", r->file, r->line, why);
}

/* --- expansions --- */

/* grub-mkconfig has found these out before it reads the file. */
static bool set_by_grub(const char *name, size_t n)
{
	return (n >= 11 && starts_with(name, "GRUB_DEVICE")) ||
	       (n == 7 && starts_with(name, "GRUB_FS"));
}

static void add_variable(struct reader *r, struct word *w, const char *name, size_t n)
{
	const struct grub_default *d = find(r->out, name, n);

	if (d && d->value)
		word_add(w, d->value, strlen(d->value));
	else if (d)
		w->unknown = N_("it holds a variable whose value is not known");
	else if (r->out->doubt || n < 5 || strncmp(name, "GRUB_", 5) || set_by_grub(name, n))
		w->unknown = N_("it holds a variable that is set elsewhere");
}

/* Skips to the end of `...` or of a nested $(...); the shell would run what is in it. */
static void skip_command(struct reader *r, struct word *w, bool backquote)
{
	unsigned open = 0;
	char quote = 0;

	w->unknown = N_("it holds the output of a command");
	for (; *r->p; r->p++) {
		char c = *r->p;

		r->line += c == '\n';
		if (c == '\\' && quote != '\'' && r->p[1]) {
			r->p++;
			r->line += *r->p == '\n';
		} else if (backquote) {
			if (c == '`') {
				r->p++;
				return;
			}
		} else if (quote) {
			quote = c == quote ? 0 : quote;
		} else if (c == '\'' || c == '"') {
			quote = c;
		} else if (c == '(') {
			open++;
		} else if (c == ')' && --open == 0) {
			r->p++;
			return;
		}
	}
	doubt_all(r, _("a command whose end cannot be told"));
	r->stopped = true;
}

/* At "{": ${NAME} alone is understood. */
static void read_braces(struct reader *r, struct word *w)
{
	size_t n = name_length(r->p + 1);
	const char *end;

	if (n && r->p[1 + n] == '}') {
		add_variable(r, w, r->p + 1, n);
		r->p += n + 2;
		return;
	}
	w->unknown = N_("it holds an expansion that only a shell can do");
	end = strpbrk(r->p, "}\n'\"`\\$");
	/* ${X:-"a}b"}: where it ends is the shell's affair too. */
	if (end && *end == '$')
		end = strpbrk(end + 1, "}\n'\"`\\$");
	if (!end || *end != '}') {
		doubt_all(r, _("an expansion that only a shell can do"));
		r->stopped = true;
		return;
	}
	r->p = end + 1;
}

/* At "$". */
static void read_dollar(struct reader *r, struct word *w, bool in_quotes)
{
	size_t n = name_length(++r->p);

	if (n) {
		add_variable(r, w, r->p, n);
		r->p += n;
	} else if (*r->p == '{') {
		read_braces(r, w);
	} else if (*r->p == '(') {
		skip_command(r, w, false);
	} else if (*r->p && strchr("0123456789@*#?-$!", *r->p)) {
		w->unknown = N_("it holds a variable that is set elsewhere");
		r->p++;
	} else if (!in_quotes && (*r->p == '\'' || *r->p == '"')) {
		/* $'...' and $"..." are bash's; dash takes the $ as it is. */
		w->unknown = N_("it holds an expansion that only a shell can do");
	} else {
		word_add(w, "$", 1);
	}
}

/* At a backslash; @only: the characters it protects there, NULL all. */
static void read_backslash(struct reader *r, struct word *w, const char *only)
{
	char c = *++r->p;

	if (!c)
		return word_add(w, "\\", 1);
	r->p++;
	if (c == '\n') {
		r->line++;
		return;
	}
	if (only && !strchr(only, c))
		word_add(w, "\\", 1);
	word_add(w, &c, 1);
}

static void read_single(struct reader *r, struct word *w)
{
	const char *end = strchr(++r->p, '\'');

	w->quoted = true;
	if (!end) {
		broken(r, _("a quote is not closed"));
		return;
	}
	word_add(w, r->p, (size_t)(end - r->p));
	for (; r->p < end; r->p++)
		r->line += *r->p == '\n';
	r->p = end + 1;
}

static void read_double(struct reader *r, struct word *w)
{
	w->quoted = true;
	word_add(w, "", 0);
	for (r->p++; *r->p && *r->p != '"' && !r->stopped;) {
		if (*r->p == '\\') {
			read_backslash(r, w, "$`\"\\");
		} else if (*r->p == '$') {
			read_dollar(r, w, true);
		} else if (*r->p == '`') {
			r->p++;
			skip_command(r, w, true);
		} else {
			r->line += *r->p == '\n';
			word_add(w, r->p++, 1);
		}
	}
	if (*r->p == '"')
		r->p++;
	else if (!r->stopped)
		broken(r, _("a quote is not closed"));
}

/* The rest of a word; it begins where r->p is and may be empty. */
static void read_word(struct reader *r, struct word *w)
{
	word_add(w, "", 0);
	/* ~ at the beginning, and after : in an assignment, is a home folder. */
	if (*r->p == '~')
		w->unknown = N_("it holds an expansion that only a shell can do");
	while (*r->p && !strchr(" \t\n;&|<>()", *r->p) && !r->stopped) {
		if (*r->p == '\'') {
			read_single(r, w);
		} else if (*r->p == '"') {
			read_double(r, w);
		} else if (*r->p == '\\') {
			w->quoted = true;
			read_backslash(r, w, NULL);
		} else if (*r->p == '$') {
			read_dollar(r, w, false);
		} else if (*r->p == '`') {
			r->p++;
			skip_command(r, w, true);
		} else {
			if (*r->p == ':' && r->p[1] == '~')
				w->unknown = N_("it holds an expansion that only a shell can do");
			word_add(w, r->p++, 1);
		}
	}
}

/* --- assignments --- */

static void assign(struct reader *r, const char *name, size_t n, const struct word *w)
{
	struct grub_default *d = find(r->out, name, n);
	bool maybe = r->conditional || r->blocks || r->parentheses;

	if (!d && r->out->n >= NAMES_MAX) {
		doubt_all(r, _("too many variables"));
		return;
	}
	if (!d) {
		d = list_append(r->out->list, r->out->n);
		d->name = xstrndup(name, n);
	}
	free(d->source);
	d->source = xasprintf("%s:%u", r->file, r->line);
	forget_value(d, maybe        ? _("it is set under a condition only")
	                : w->unknown ? gettext(w->unknown)
	                             : NULL);
	if (!d->why)
		d->value = xstrdup(w->text);
}

/* `NAME+=`: bash appends, dash looks for a command of that name and stops. */
static void append(struct reader *r, const char *name, size_t n, struct word *w)
{
	const struct grub_default *d = find(r->out, name, n);
	struct word whole = {.unknown = w->unknown};

	if (r->shell == GRUB_SHELL_DASH) {
		broken(r, _("+= is no assignment for /bin/sh here (dash)"));
		return;
	}
	if (r->shell == GRUB_SHELL_UNKNOWN || (d && !d->value) || (!d && r->out->doubt))
		whole.unknown = N_("whether += appends hangs on which shell /bin/sh is");
	word_add(&whole, d && d->value ? d->value : "", d && d->value ? strlen(d->value) : 0);
	word_add(&whole, w->text, w->n);
	assign(r, name, n, &whole);
	word_finish(&whole);
}

/* At a word: takes it when it is NAME=... or NAME+=...; @effect: it changes the shell's variables. */
static bool read_assignment(struct reader *r, bool effect)
{
	struct word cleanup(word_finish) w = {0};
	const char *name = r->p;
	size_t n = name_length(name);
	bool plus = n && name[n] == '+' && name[n + 1] == '=';

	if (!n || (name[n] != '=' && !plus))
		return false;
	r->p += n + 1 + plus;
	if (*r->p == '(') {
		doubt_all(r, _("an array"));
		r->stopped = true;
		return true;
	}
	read_word(r, &w);
	if (!effect || r->out->broken)
		return true;
	if (plus)
		append(r, name, n, &w);
	else
		assign(r, name, n, &w);
	return true;
}

/* --- commands --- */

static void skip_blanks(struct reader *r)
{
	for (;; r->p++) {
		if (r->p[0] == '\\' && r->p[1] == '\n') {
			r->line++;
			r->p++;
		} else if (*r->p != ' ' && *r->p != '\t') {
			break;
		}
	}
	if (*r->p == '#')
		r->p += strcspn(r->p, "\n");
}

static bool one_of(const char *word, const char *list)
{
	cleanup_free char *spaced = xasprintf(" %s ", word);

	return !strchr(word, ' ') && *word && strstr(list, spaced);
}

/* Words after which a command follows at once. */
static bool is_opening(struct reader *r, const char *word)
{
	if (one_of(word, " if while until { "))
		r->blocks++;
	else if (one_of(word, " fi done esac } "))
		r->blocks -= r->blocks > 0;
	else if (!one_of(word, " then do else elif ! time "))
		return false;
	return true;
}

static void unset(struct reader *r, const char *name)
{
	const struct word nothing = {.text = (char *)""};
	struct grub_default *d = find(r->out, name, strlen(name));

	if (d)
		assign(r, d->name, strlen(d->name), &nothing);
}

/* What the command named @name may do to variables. */
static void judge_command(struct reader *r, const struct word *name)
{
	if (name->unknown)
		doubt_all(r, _("a command whose name is not known"));
	else if (one_of(name->text, " for case select "))
		r->blocks++;
	else if (one_of(name->text, " . source eval read getopts exit return exec function alias "
	                            "printf local declare typeset mapfile "))
		doubt_all(r, _("a command that may change any variable"));
	/* a name with a line break in it, or an element of bash's arrays */
	else if (strchr(name->text, '=') && (name->quoted || strchr(name->text, '[')))
		doubt_all(r, _("something that looks like an assignment and is none"));
}

/* Words up to the end of the command; those of export and readonly may be assignments. */
static void read_rest(struct reader *r, const char *name)
{
	bool exports = one_of(name, " export readonly "), unsets = streq(name, "unset");

	while (!r->stopped) {
		struct word cleanup(word_finish) w = {0};

		skip_blanks(r);
		if (*r->p == '<' || *r->p == '>') {
			if (r->p[0] == '<' && r->p[1] == '<') {
				doubt_all(r, _("a here-document"));
				r->stopped = true;
			}
			r->p++;
			continue;
		}
		if (!*r->p || strchr("\n;&|()", *r->p))
			return;
		if (exports && read_assignment(r, true))
			continue;
		read_word(r, &w);
		if (unsets && !w.unknown)
			unset(r, w.text);
	}
}

/* Assignments alone change variables; in front of a command they are the command's. */
static bool is_alone(struct reader ahead)
{
	struct grub_defaults nothing = {0};
	bool alone = true;

	ahead.out = &nothing;
	while (!ahead.stopped) {
		skip_blanks(&ahead);
		if (!*ahead.p || strchr("\n;&|()", *ahead.p))
			break;
		if (!read_assignment(&ahead, false)) {
			alone = false;
			break;
		}
	}
	/* a pipe or & runs them in another process */
	if (alone && ((ahead.p[0] == '|' && ahead.p[1] != '|') ||
	                     (ahead.p[0] == '&' && ahead.p[1] != '&')))
		alone = false;
	grub_defaults_finish(&nothing);
	return alone;
}

static void read_assignments(struct reader *r)
{
	bool effect = is_alone(*r);

	while (!r->stopped) {
		skip_blanks(r);
		if (!read_assignment(r, effect))
			return;
	}
}

/* && || | & ; newline ( ) after a command; after && and || it may stand on another line: @empty so far. */
static void read_end(struct reader *r, bool empty)
{
	char c = *r->p;

	if (!c)
		return;
	r->p++;
	if (c == '&' || c == '|') {
		r->conditional = c == '|' || *r->p == c;
		r->p += *r->p == c;
		return;
	}
	r->conditional = r->conditional && empty && c == '\n';
	r->line += c == '\n';
	if (c == '(')
		r->parentheses++;
	else if (c == ')')
		r->parentheses -= r->parentheses > 0;
}

static void read_command(struct reader *r)
{
	struct word cleanup(word_finish) name = {0};
	const char *start;

	skip_blanks(r);
	start = r->p;
	read_assignments(r);
	if (r->stopped)
		return;
	if (*r->p && !strchr("\n;&|()<>", *r->p)) {
		read_word(r, &name);
		if (!name.quoted && !name.unknown && is_opening(r, name.text))
			return;
		judge_command(r, &name);
		read_rest(r, name.text);
		if (*r->p == '(') {
			doubt_all(r, _("a function"));
			r->stopped = true;
		}
	} else if (*r->p == '<' || *r->p == '>') {
		read_rest(r, "");
	}
	if (!r->stopped)
		read_end(r, r->p == start);
}

void grub_defaults_read(
        struct grub_defaults *defaults, const char *text, const char *file, enum grub_shell shell)
{
	struct reader r = {.p = text, .line = 1, .file = file, .shell = shell, .out = defaults};

	if (defaults->broken)
		return;
	if (strlen(text) > TEXT_MAX)
		broken(&r, _("the file is too long"));
	while (*r.p && !r.stopped)
		read_command(&r);
	if (!r.stopped && (r.blocks || r.parentheses))
		broken(&r, _("the file ends inside of a block"));
	for (size_t i = 0; defaults->broken && i < defaults->n; i++)
		forget_value(&defaults->list[i], defaults->broken);
}
