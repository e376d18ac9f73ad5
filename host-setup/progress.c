/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"
#include "journal.h"

#include <stdio.h>

static void print_line(json_t *line)
{
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(line);
}

static unsigned percent(const struct progress *progress)
{
	unsigned done = progress->done * 100 / (progress->total ? progress->total : 1);

	return done < 99 ? done : 99;
}

void progress_step(struct progress *progress, const char *step)
{
	if (progress->machine) {
		print_line(
		        json_pack("{s:s, s:i}", "stage", step, "percent", (int)percent(progress)));
	} else {
		cleanup_free char *words = journal_step_words(step);

		printf("  %s\n", words);
		fflush(stdout);
	}
	progress->done++;
}

void progress_end(int r, const struct err *err)
{
	if (r >= 0)
		print_line(json_pack("{s:b}", "done", 1));
	else
		print_line(json_pack("{s:{s:i, s:s, s:s, s:s}}", "error", "number", r, "code",
		        err->code, "message", err->message, "hint", err->hint));
}
