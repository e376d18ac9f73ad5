/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/plan.h"
#include "base/i18n.h"
#include "model/safe.h"

#include <errno.h>
#include <jansson.h>

#define cleanup_json cleanup(json_decrefp)

static char *member_text(const json_t *object, const char *key)
{
	return model_safe_text(json_string_value(json_object_get(object, key)), PC_TEXT_MOST);
}

static void read_texts(const json_t *array, struct strv *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one) {
		if (i == PC_LOSSES_MOST)
			break;
		strv_take(out, model_safe_text(json_string_value(one), PC_TEXT_MOST));
	}
}

void plan_init(struct plan *plan)
{
	*plan = (struct plan){.why = xstrdup(""),
	        .hint = xstrdup(""),
	        .code = xstrdup(""),
	        .id = xstrdup(""),
	        .tool = xstrdup("")};
}

void plan_finish(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_devices; i++) {
		free(plan->devices[i].address);
		free(plan->devices[i].name);
		strv_finish(&plan->devices[i].losses);
	}
	for (size_t i = 0; i < plan->n_files; i++) {
		free(plan->files[i].path);
		strv_finish(&plan->files[i].lines);
	}
	strv_finish(&plan->instructions);
	strv_finish(&plan->notes);
	free(plan->devices);
	free(plan->files);
	free(plan->why);
	free(plan->hint);
	free(plan->code);
	free(plan->id);
	free(plan->tool);
	*plan = (struct plan){0};
}

void plan_asking(struct plan *plan)
{
	plan->asking = true;
}

void plan_refused(struct plan *plan, const struct err *why)
{
	plan_finish(plan);
	plan_init(plan);
	free(plan->why);
	free(plan->hint);
	free(plan->code);
	plan->why = model_safe_text(why->message, PC_TEXT_MOST);
	plan->hint = model_safe_text(why->hint, PC_TEXT_MOST);
	plan->code = model_safe_text(why->code, PC_TEXT_MOST);
}

static void read_device(const json_t *json, struct plan_device *device)
{
	device->address = member_text(json, "address");
	device->name = member_text(json, "name");
	read_texts(json_object_get(json, "host_uses"), &device->losses);
}

static void read_line(const char *line, size_t n, struct plan_file *file)
{
	cleanup_free char *text = NULL;

	if (n < 1 || (line[0] != '+' && line[0] != '-') || starts_with(line, "+++ ") ||
	        starts_with(line, "--- "))
		return;
	if (line[0] == '+')
		file->added++;
	else
		file->removed++;
	if (file->lines.n == PLAN_LINES_MOST) {
		file->more = true;
		return;
	}
	text = xstrndup(line, n);
	strv_take(&file->lines, model_safe_text(text, PC_TEXT_MOST));
}

static void read_file(const json_t *json, struct plan_file *file)
{
	const char *line = json_string_value(json_object_get(json, "diff"));

	file->path = member_text(json, "path");
	file->created = json_is_true(json_object_get(json, "created"));
	while (line && *line) {
		size_t n = strcspn(line, "\n");

		read_line(line, n, file);
		line += n + (line[n] == '\n');
	}
}

static void read_files(const json_t *array, struct plan *plan)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one) {
		if (plan->n_files == PLAN_FILES_MOST)
			break;
		read_file(one, list_append(plan->files, plan->n_files));
	}
}

int plan_set(struct plan *plan, const char *text, struct err *err)
{
	json_error_t where = {0};
	cleanup_json json_t *all = json_loads(text, 0, &where);
	const json_t *one;
	size_t i;

	if (!json_is_string(json_object_get(all, "id"))) {
		err_set(err, -EBADMSG, _("the plan for this PC is not what was expected: %s"),
		        *where.text ? where.text : "id");
		err_code(err, CODE_SETUP_SERVICE);
		return -EBADMSG;
	}
	plan_finish(plan);
	*plan = (struct plan){.told = true,
	        .why = xstrdup(""),
	        .hint = xstrdup(""),
	        .code = xstrdup(""),
	        .id = member_text(all, "id"),
	        .tool = member_text(json_array_get(json_object_get(all, "tools"), 0), "run"),
	        .nothing_to_do = json_is_true(json_object_get(all, "nothing_to_do")),
	        .tried_once = json_is_true(json_object_get(all, "tried_once"))};
	json_array_foreach (json_object_get(all, "devices"), i, one) {
		if (i == PC_FUNCTIONS_MOST)
			break;
		read_device(one, list_append(plan->devices, plan->n_devices));
	}
	read_files(json_object_get(all, "edits"), plan);
	read_files(json_object_get(all, "entries"), plan);
	read_texts(json_object_get(all, "instructions"), &plan->instructions);
	read_texts(json_object_get(all, "notes"), &plan->notes);
	return 0;
}
