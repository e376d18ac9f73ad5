/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `playthrough-setup explain`: reads the texts, judges them, and says so. */
#include "commands.h"
#include "explain.h"

#include "host/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <unistd.h>

/* A kernel log of weeks has a few MiB. */
#define MOST_BYTES (16u << 20)

static int usage_error(struct err *err, const char *message)
{
	err_set(err, -EINVAL, "%s", message);
	err_code(err, CODE_USAGE);
	err_hint(err, "playthrough-setup explain [--json] FILE...");
	return -EINVAL;
}

/* All of an open file as text: what is no UTF-8 becomes "?", what is NUL becomes a blank. NULL: @err says why. */
static char *read_text(int fd, const char *name, struct err *err)
{
	cleanup_free char *text = xcalloc(1, 1);
	size_t size = 0, room = 0;

	for (;;) {
		ssize_t n;

		if (size == room) {
			room = room ? room * 2 : 65536;
			text = xrealloc(text, room + 1, 1);
		}
		n = read(fd, text + size, room - size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_errno(err, -errno, "explain: %s", name);
			return NULL;
		}
		if (n == 0)
			break;
		size += (size_t)n;
		if (size > MOST_BYTES) {
			err_set(err, -EFBIG, _("explain: %s: more than 16 MiB are no log"), name);
			err_hint(err, _("give one boot alone: journalctl -k -b"));
			return NULL;
		}
	}
	for (size_t i = 0; i < size; i++)
		text[i] = text[i] ? text[i] : ' ';
	text[size] = '\0';
	text_clean(text);
	return take_ptr(text);
}

static int read_file(const char *name, struct strv *texts, struct err *err)
{
	cleanup_close int fd = -1;
	char *text;

	if (streq(name, "-")) {
		text = read_text(STDIN_FILENO, _("standard input"), err);
	} else {
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			return err_errno(err, -errno, "explain: %s", name);
		text = read_text(fd, name, err);
	}
	if (!text)
		return -EIO;
	strv_take(texts, text);
	return 0;
}

static int show(const struct explained *e, bool json, struct err *err)
{
	if (json) {
		json_t *document = explain_json(e);

		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(document);
	} else {
		explain_print(e, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"), stdout);
	}
	if (fflush(stdout) < 0)
		return err_errno(err, -errno, _("standard output cannot be written"));
	return check_exit_code(&e->report);
}

int command_explain(int argc, char **argv, struct err *err)
{
	static const struct option known[] = {{"json", no_argument, NULL, 'j'}, {0}};
	struct strv cleanup_strv names = {0}, texts = {0};
	struct explained explained;
	bool json = false;
	int option, r;

	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option != 'j')
			return usage_error(err, _("explain: unknown option"));
		json = true;
	}
	if (optind == argc)
		return usage_error(err, _("explain: no file is named; - is standard input"));
	/* JSON is for programs: its sentences stay untranslated. */
	if (json)
		setlocale(LC_ALL, "C");
	for (; optind < argc; optind++) {
		r = read_file(argv[optind], &texts, err);
		if (r < 0)
			return r;
		strv_add(&names, argv[optind]);
	}
	explain_run(&names, &texts, &explained);
	r = show(&explained, json, err);
	explain_finish(&explained);
	return r;
}
