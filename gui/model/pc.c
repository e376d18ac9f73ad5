/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/pc.h"
#include "base/i18n.h"
#include "model/points.h"
#include "model/safe.h"

#include <errno.h>
#include <jansson.h>

#define cleanup_json cleanup(json_decrefp)

static void read_texts(const json_t *array, size_t most, struct strv *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one) {
		if (i == most)
			break;
		strv_take(out, model_safe_text(json_string_value(one), PC_TEXT_MOST));
	}
}

/* --- begin and end --- */

void pc_init(struct pc *pc)
{
	*pc = (struct pc){.why = xstrdup(""), .hint = xstrdup(""), .code = xstrdup("")};
}

static void group_finish(struct pc_group *group)
{
	for (size_t i = 0; i < group->n_functions; i++) {
		free(group->functions[i].address);
		free(group->functions[i].name);
		strv_finish(&group->functions[i].losses);
	}
	free(group->functions);
	strv_finish(&group->losses);
}

void pc_finish(struct pc *pc)
{
	points_finish(pc->points, pc->n_points);
	for (size_t i = 0; i < pc->n_groups; i++)
		group_finish(&pc->groups[i]);
	for (size_t i = 0; i < pc->n_gpus; i++) {
		free(pc->gpus[i].address);
		free(pc->gpus[i].name);
		strv_finish(&pc->gpus[i].needs);
	}
	free(pc->groups);
	free(pc->gpus);
	free(pc->why);
	free(pc->hint);
	free(pc->code);
	*pc = (struct pc){0};
}

void pc_asking(struct pc *pc)
{
	pc->asking = true;
}

void pc_absent(struct pc *pc, const struct err *why)
{
	pc_finish(pc);
	pc->why = model_safe_text(why->message, PC_TEXT_MOST);
	pc->hint = model_safe_text(why->hint, PC_TEXT_MOST);
	pc->code = model_safe_text(why->code, PC_TEXT_MOST);
}

/* --- cards --- */

/* "Radeon R9 290/390" of "1002:67b1 Advanced Micro Devices, Inc. [AMD/ATI] Hawaii PRO [Radeon R9 290/390]". */
static void shorten_name(char *name)
{
	size_t n = strlen(name);
	char *open = strrchr(name, '[');

	if (open && n && name[n - 1] == ']' && open + 2 < name + n) {
		memmove(name, open + 1, (size_t)(name + n - open));
		name[strlen(name) - 1] = '\0';
	}
}

static void read_gpu(const json_t *json, struct pc_gpu *gpu)
{
	gpu->address = points_text(json, "address");
	gpu->name = points_text(json, "name");
	shorten_name(gpu->name);
	gpu->host_screen = json_is_true(json_object_get(json, "boot_display"));
	gpu->for_a_game = !gpu->host_screen && points_status(json, "verdict") != PC_FAIL &&
	                  points_status(json, "verdict") != PC_UNKNOWN;
	read_texts(json_object_get(json, "needs"), PC_FUNCTIONS_MOST, &gpu->needs);
}

static void read_gpus(const json_t *array, struct pc *pc)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one) {
		if (pc->n_gpus == PC_GPUS_MOST)
			break;
		read_gpu(one, list_append(pc->gpus, pc->n_gpus));
	}
}

/* --- groups --- */

static enum pc_kind kind_of(const json_t *json)
{
	const char *class = json_string_value(json_object_get(json, "class"));

	if (json_is_true(json_object_get(json, "bridge")))
		return PC_BRIDGE;
	if (!class)
		return PC_OTHER;
	if (starts_with(class, "03"))
		return PC_GRAPHICS;
	if (starts_with(class, "0401") || starts_with(class, "0403"))
		return PC_SOUND;
	if (starts_with(class, "0c03"))
		return PC_USB;
	if (starts_with(class, "01"))
		return PC_DISK;
	return starts_with(class, "02") ? PC_NETWORK : PC_OTHER;
}

static bool goes(const struct pc *pc, const char *address)
{
	for (size_t i = 0; i < pc->n_gpus; i++) {
		const struct pc_gpu *gpu = &pc->gpus[i];

		if (gpu->for_a_game &&
		        (streq(gpu->address, address) || strv_has(&gpu->needs, address)))
			return true;
	}
	return false;
}

static const char *card_name(const struct pc *pc, const char *address)
{
	for (size_t i = 0; i < pc->n_gpus; i++)
		if (streq(pc->gpus[i].address, address))
			return pc->gpus[i].name;
	return "";
}

static void read_group(const struct pc *pc, const json_t *json, struct pc_group *group)
{
	const json_t *one;
	size_t i;

	group->id = (long)json_integer_value(json_object_get(json, "id"));
	group->only_bridges = true;
	read_texts(json_object_get(json, "host_loses"), PC_LOSSES_MOST, &group->losses);
	json_array_foreach (json_object_get(json, "devices"), i, one) {
		struct pc_function *f;

		if (i == PC_FUNCTIONS_MOST)
			break;
		f = list_append(group->functions, group->n_functions);
		f->address = points_text(one, "address");
		f->name = xstrdup(card_name(pc, f->address));
		f->kind = kind_of(one);
		f->goes = f->kind != PC_BRIDGE && goes(pc, f->address);
		read_texts(json_object_get(one, "host_uses"), PC_LOSSES_MOST, &f->losses);
		group->goes |= f->goes;
		group->only_bridges &= f->kind == PC_BRIDGE;
	}
}

static bool has_card(const struct pc_group *group)
{
	for (size_t i = 0; i < group->n_functions; i++)
		if (group->functions[i].kind == PC_GRAPHICS)
			return true;
	return false;
}

static int compare_groups(const void *pa, const void *pb)
{
	const struct pc_group *a = pa, *b = pb;

	if (a->goes != b->goes)
		return a->goes ? -1 : 1;
	if (has_card(a) != has_card(b))
		return has_card(a) ? -1 : 1;
	return a->id < b->id ? -1 : a->id > b->id;
}

static void read_groups(const json_t *array, struct pc *pc)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one) {
		if (pc->n_groups == PC_GROUPS_MOST)
			break;
		read_group(pc, one, list_append(pc->groups, pc->n_groups));
	}
	if (pc->n_groups)
		qsort(pc->groups, pc->n_groups, sizeof(*pc->groups), compare_groups);
}

/* --- the whole --- */

int pc_set(struct pc *pc, const char *text, struct err *err)
{
	static const char *const verdicts[] = {
	        "undecided", "ready", "apply", "person", "impossible"};
	json_error_t where = {0};
	cleanup_json json_t *all = json_loads(text, 0, &where);

	if (!json_is_array(json_object_get(all, "checks"))) {
		err_set(err, -EBADMSG, _("the check of this PC is not what was expected: %s"),
		        *where.text ? where.text : "checks");
		err_code(err, CODE_SETUP_SERVICE);
		return -EBADMSG;
	}
	pc_finish(pc);
	pc_init(pc);
	pc->told = true;
	pc->verdict = (enum pc_verdict)points_word(all, "verdict", verdicts, ARRAY_SIZE(verdicts));
	points_read(json_object_get(all, "checks"), &pc->points, &pc->n_points);
	read_gpus(json_object_get(all, "gpus"), pc);
	read_groups(json_object_get(all, "groups"), pc);
	return 0;
}

const struct pc_point *pc_point(const struct pc *pc, const char *id)
{
	for (size_t i = 0; i < pc->n_points; i++)
		if (streq(pc->points[i].id, id))
			return &pc->points[i];
	return NULL;
}

size_t pc_count(const struct pc *pc, enum pc_status status, enum pc_cure cure)
{
	size_t n = 0;

	for (size_t i = 0; i < pc->n_points; i++)
		n += pc->points[i].status == status &&
		     (cure == PC_CURE_NONE || pc->points[i].cure == cure);
	return n;
}

size_t pc_cards_for_games(const struct pc *pc)
{
	size_t n = 0;

	for (size_t i = 0; i < pc->n_gpus; i++)
		n += pc->gpus[i].for_a_game;
	return n;
}
