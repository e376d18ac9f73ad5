/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reporter.h"
#include "base/i18n.h"
#include "base/problem.h"
#include "bus/async.h"
#include "model/report.h"

#include <stdio.h>
#include <time.h>

struct reporter {
	struct link *link;
	const struct model *model;
	struct shell *shell;
	bool busy;
	char vm[MODEL_TEXT_MOST + 1];
	char *status;
};

struct reporter *reporter_create(struct link *link, const struct model *model, struct shell *shell)
{
	struct reporter *reporter = xcalloc(1, sizeof(*reporter));

	*reporter = (struct reporter){.link = link, .model = model, .shell = shell};
	return reporter;
}

void reporter_destroy(struct reporter *reporter)
{
	if (reporter)
		free(reporter->status);
	free(reporter);
}

static void write_report(struct reporter *reporter, const struct report_answers *answers)
{
	cleanup_free char *text = report_of(reporter->model, reporter->vm, answers);
	cleanup_free char *path = NULL, *told = NULL;
	struct err err = {0};

	reporter->busy = false;
	if (problem_write(NULL, reporter->vm, text, time(NULL), &path, &err) < 0) {
		shell_refused(reporter->shell, &err);
		return;
	}
	told = xasprintf(
	        _("The report is in %s. Serial numbers and the names of people are replaced "
	          "in it; read it before you pass it on"),
	        path);
	shell_told(reporter->shell, told);
}

static void on_log(void *user, const char *text, const struct err *err)
{
	struct reporter *reporter = user;
	cleanup_free char *status = take_ptr(reporter->status);

	write_report(reporter, &(struct report_answers){.status = status,
	                               .log = text,
	                               .log_why = err,
	                               .refused = &reporter->shell->refused});
}

static void on_status(void *user, const char *text, const struct err *err)
{
	struct reporter *reporter = user;

	(void)err;
	free(reporter->status);
	reporter->status = xstrdup(text);
	async_call(link_async(reporter->link), on_log, reporter, "Log", "s", reporter->vm);
}

void reporter_save(struct reporter *reporter, const char *vm)
{
	if (reporter->busy)
		return;
	reporter->busy = true;
	snprintf(reporter->vm, sizeof(reporter->vm), "%s", vm);
	if (*vm && reporter->model->link == MODEL_UP)
		async_call(link_async(reporter->link), on_status, reporter, "Status", "s", vm);
	else
		write_report(
		        reporter, &(struct report_answers){.refused = &reporter->shell->refused});
}
