/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/report.h"
#include "base/i18n.h"
#include "base/problem.h"
#include "bus/text.h"
#include "model/parts.h"

#include <errno.h>

static void add_why(struct problem *problem, const char *title, const char *message,
        const char *hint, const char *code)
{
	struct err err = {0};

	err_set(&err, -EIO, "%s", message);
	err_hint(&err, "%s", hint);
	err_code_text(&err, code);
	if (*message)
		problem_add_err(problem, title, &err);
}

static void add_stages(struct problem *problem, const struct model_job *job)
{
	cleanup_strv struct strv lines = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; i < job->n_stages; i++) {
		uint64_t begin = job->stages[i].begin_ms;
		uint64_t end = i + 1 < job->n_stages ? job->stages[i + 1].begin_ms : job->end_ms;

		strv_addf(&lines, "%s: %llu ms\n", job->stages[i].name,
		        (unsigned long long)(end > begin ? end - begin : 0));
	}
	all = strv_join(&lines, "");
	problem_add(problem, _("Stages"), all);
}

static void add_job(struct problem *problem, const struct model_job *job)
{
	if (!job)
		return;
	if (job->state == MODEL_JOB_FAILED)
		add_why(problem, _("What happened"), job->message, job->hint, job->code);
	add_stages(problem, job);
}

static void add_vm(struct problem *problem, const struct model *model, const char *name)
{
	const struct model_vm *vm = model_vm(model, name);

	if (!vm)
		return;
	add_why(problem, _("Its profile"), vm->error, "", "");
	add_why(problem, _("How it ended last"), vm->end_reason, "", "");
	add_why(problem, _("Not given back"), vm->lost, "", "");
	add_why(problem, _("Paused by itself"), vm->pause_reason, vm->pause_hint, vm->pause_code);
}

/* Indented, so that a person can read it; as it is where it is none. */
static void add_status(struct problem *problem, const char *status)
{
	cleanup_json json_t *json = status ? json_loads(status, 0, NULL) : NULL;
	cleanup_free char *text =
	        json ? json_dumps(json, JSON_INDENT(1) | JSON_ENSURE_ASCII) : NULL;

	problem_add(problem, _("State"), text);
}

static void add_log(struct problem *problem, const struct report_answers *answers)
{
	cleanup_free char *harmless = answers->log ? text_harmless(answers->log, true) : NULL;

	if (harmless || !answers->log_why)
		problem_add(problem, _("Console"), harmless);
	else
		problem_add_err(problem, _("Console"), answers->log_why);
}

/* What the check does not find good. */
static void add_pc(struct problem *problem, const struct pc *pc)
{
	static const char *const words[] = {"unknown", "pass", "warn", "fail", "skip"};
	cleanup_strv struct strv lines = {0};
	cleanup_free char *all = NULL;

	add_why(problem, _("The check of this PC"), pc->why, pc->hint, pc->code);
	if (!pc->told)
		return;
	strv_addf(&lines, "%zu pass\n", pc_count(pc, PC_PASS, PC_CURE_NONE));
	for (size_t i = 0; i < pc->n_points; i++) {
		const struct pc_point *p = &pc->points[i];

		if (p->status == PC_PASS || p->status == PC_SKIP)
			continue;
		strv_addf(&lines, "%s %s: %s%s%s%s\n", words[p->status], p->id, p->summary,
		        *p->code ? " (" : "", p->code, *p->code ? ")" : "");
	}
	all = strv_join(&lines, "");
	problem_add(problem, _("This PC"), all);
}

char *report_of(const struct model *model, const char *vm, const struct report_answers *answers)
{
	cleanup(problem_finish) struct problem problem = {0};
	cleanup_free char *versions = problem_versions();

	for (size_t i = 0; i < model->n_usb; i++)
		mask_learn_serial(&problem.mask, model->usb[i].serial);
	if (model->link == MODEL_AWAY)
		add_why(&problem, _("Playthrough's service does not answer"), model->why,
		        model->why_hint, model->why_code);
	if (answers->refused)
		add_why(&problem, _("What was refused"), answers->refused->message,
		        answers->refused->hint, answers->refused->code);
	if (*vm) {
		problem_add(&problem, _("The game"), vm);
		add_job(&problem, model_job(model, vm, "start"));
		add_vm(&problem, model, vm);
		add_status(&problem, answers->status);
		add_log(&problem, answers);
	}
	add_pc(&problem, &model->pc);
	problem_add(&problem, _("Versions"), versions);
	return problem_text(&problem);
}
