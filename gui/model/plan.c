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

static void finish_answer(struct plan *plan)
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
	strv_finish(&plan->ways);
	free(plan->devices);
	free(plan->files);
	free(plan->why);
	free(plan->hint);
	free(plan->code);
	free(plan->id);
	free(plan->tool);
	*plan = (struct plan){.gpus = plan->gpus, .usbs = plan->usbs};
}

void plan_finish(struct plan *plan)
{
	finish_answer(plan);
	strv_finish(&plan->gpus);
	strv_finish(&plan->usbs);
}

void plan_asking(struct plan *plan)
{
	plan->asking = true;
}

void plan_refused(struct plan *plan, const struct err *why)
{
	finish_answer(plan);
	plan->id = xstrdup("");
	plan->tool = xstrdup("");
	plan->why = model_safe_text(why->message, PC_TEXT_MOST);
	plan->hint = model_safe_text(why->hint, PC_TEXT_MOST);
	plan->code = model_safe_text(why->code, PC_TEXT_MOST);
}

/* --- what it is asked with --- */

bool plan_has(const struct plan *plan, const char *address)
{
	if (plan->gpus.n || plan->usbs.n)
		return strv_has(&plan->gpus, address) || strv_has(&plan->usbs, address);
	for (size_t i = 0; i < plan->n_devices; i++)
		if (streq(plan->devices[i].address, address))
			return true;
	return false;
}

static void wish(struct strv *list, const char *address)
{
	if (list->n < PLAN_WISHES_MOST && !strv_has(list, address))
		strv_add(list, address);
}

static void wish_not(struct strv *list, const char *address)
{
	struct strv rest = {0};

	strv_foreach (one, list)
		if (!streq(*one, address))
			strv_add(&rest, *one);
	strv_finish(list);
	*list = rest;
}

/* NULL: @address is none of the kinds that are asked for by themselves. */
static struct strv *list_of(struct plan *plan, const struct pc *pc, const char *address)
{
	for (size_t i = 0; i < pc->n_gpus; i++)
		if (streq(pc->gpus[i].address, address))
			return &plan->gpus;
	for (size_t i = 0; i < pc->n_groups; i++)
		for (size_t k = 0; k < pc->groups[i].n_functions; k++) {
			const struct pc_function *f = &pc->groups[i].functions[k];

			if (f->kind == PC_USB && streq(f->address, address))
				return &plan->usbs;
		}
	return NULL;
}

/* The USB controller of a graphics card needs no wish of its own. */
static bool goes_along(const struct pc *pc, const char *address)
{
	for (size_t i = 0; i < pc->n_gpus; i++)
		if (strv_has(&pc->gpus[i].needs, address))
			return true;
	return false;
}

void plan_toggle(struct plan *plan, const struct pc *pc, const char *address)
{
	bool had = plan_has(plan, address);
	struct strv *list = list_of(plan, pc, address);

	if (!list)
		return;
	for (size_t i = 0; !plan->gpus.n && !plan->usbs.n && i < plan->n_devices; i++) {
		struct strv *other = list_of(plan, pc, plan->devices[i].address);

		if (other && !goes_along(pc, plan->devices[i].address))
			wish(other, plan->devices[i].address);
	}
	if (had)
		wish_not(list, address);
	else
		wish(list, address);
}

bool plan_wants_choice(const struct plan *plan)
{
	return streq(plan->code, code_text(CODE_HOST_CHOICE));
}

char *plan_command(const struct plan *plan)
{
	cleanup_strv struct strv words = {0};

	strv_add(&words, "sudo playthrough-setup apply");
	strv_foreach (gpu, &plan->gpus)
		strv_addf(&words, "--gpu=%s", *gpu);
	strv_foreach (usb, &plan->usbs)
		strv_addf(&words, "--usb=%s", *usb);
	strv_addf(&words, "--plan=%s", plan->id);
	return strv_join(&words, " ");
}

/* --- what is answered --- */

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
	finish_answer(plan);
	*plan = (struct plan){.gpus = plan->gpus,
	        .usbs = plan->usbs,
	        .told = true,
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
	read_texts(json_object_get(all, "ways_in"), &plan->ways);
	plan->by_hand = json_is_array(json_object_get(all, "instructions"));
	return 0;
}
