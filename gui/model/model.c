/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/model.h"
#include "base/i18n.h"
#include "bus/text.h"
#include "model/parts.h"
#include "model/safe.h"

#include <errno.h>

char *model_safe_text(const char *s, size_t most)
{
	char *text = text_harmless(s ? s : "", false);
	size_t n = strlen(text);

	if (n <= most)
		return text;
	n = most;
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	text[n] = '\0';
	return text;
}

char *model_text(const char *s)
{
	return model_safe_text(s, MODEL_TEXT_MOST);
}

char *model_member_text(const json_t *object, const char *key)
{
	return model_text(json_string_value(json_object_get(object, key)));
}

uint64_t model_member_number(const json_t *object, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(object, key));

	return n > 0 ? (uint64_t)n : 0;
}

void model_replace(char **to, char *text)
{
	free(*to);
	*to = text;
}

void model_changed(struct model *model)
{
	model->version++;
}

void model_init(struct model *model)
{
	*model = (struct model){
	        .why = xstrdup(""), .why_hint = xstrdup(""), .why_code = xstrdup("")};
	model->usage.vm = xstrdup("");
	model->usage.reach = xstrdup("");
	pc_init(&model->pc);
	plan_init(&model->plan);
	setup_state_init(&model->setup);
	profiles_init(&model->profiles);
	remote_init(&model->remote);
}

/* --- the connection --- */

void model_link_up(struct model *model)
{
	model->link = MODEL_UP;
	model_changed(model);
}

void model_link_away(struct model *model, const struct err *why)
{
	model->link = MODEL_AWAY;
	model_replace(&model->why, model_text(why->message));
	model_replace(&model->why_hint, model_text(why->hint));
	model_replace(&model->why_code, model_text(why->code));
	model_changed(model);
}

/* --- VMs --- */

static enum model_state parse_state(const char *word)
{
	static const char *const words[] = {"stopped", "starting", "running", "stopping"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (streq(word, words[i]))
			return (enum model_state)i;
	return MODEL_UNKNOWN;
}

static void vm_finish(struct model_vm *vm)
{
	free(vm->name);
	free(vm->title);
	free(vm->error);
	free(vm->guest);
	free(vm->end_reason);
	free(vm->lost);
	free(vm->pause_reason);
	free(vm->pause_hint);
	free(vm->pause_code);
}

static void vms_finish(struct model_vm *vms, size_t n)
{
	for (size_t i = 0; i < n; i++)
		vm_finish(&vms[i]);
	free(vms);
}

static void parse_vm(const json_t *json, struct model_vm *vm)
{
	const json_t *hardware = json_object_get(json, "hardware");
	const json_t *end = json_object_get(json, "last_end");
	cleanup_free char *state = model_member_text(json, "state");

	vm->name = model_member_text(json, "name");
	vm->title = model_member_text(json, "title");
	if (!*vm->title)
		model_replace(&vm->title, xstrdup(vm->name));
	vm->error = model_member_text(json, "error");
	vm->state = parse_state(state);
	vm->guest = model_member_text(hardware, "guest");
	vm->cpus = (unsigned)(model_member_number(hardware, "cpus") & 0xffff);
	vm->gpus = (unsigned)json_array_size(json_object_get(hardware, "gpus"));
	vm->sound = json_is_true(json_object_get(hardware, "sound"));
	vm->memory_bytes = model_member_number(hardware, "memory");
	vm->end_reason = model_member_text(end, "reason");
	vm->lost = model_member_text(end, "lost");
	vm->asleep = json_is_true(json_object_get(json, "asleep"));
	vm->paused = vm->asleep || json_is_true(json_object_get(json, "paused"));
	vm->pause_reason = model_member_text(json, "pause_reason");
	vm->pause_hint = model_member_text(json, "pause_hint");
	vm->pause_code = model_member_text(json, "pause_code");
	vm->since_s = (int64_t)model_member_number(json, "since");
}

static int64_t played_when(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->n_played; i++)
		if (streq(model->played[i].name, name))
			return model->played[i].when_s;
	return 0;
}

static int compare_vms(const void *pa, const void *pb)
{
	const struct model_vm *a = pa, *b = pb;
	int by_title;

	if (a->played_s != b->played_s)
		return a->played_s > b->played_s ? -1 : 1;
	by_title = strcasecmp(a->title, b->title);
	return by_title ? by_title : strcmp(a->name, b->name);
}

static void sort_vms(struct model *model)
{
	for (size_t i = 0; i < model->n_vms; i++)
		model->vms[i].played_s = played_when(model, model->vms[i].name);
	if (model->n_vms)
		qsort(model->vms, model->n_vms, sizeof(*model->vms), compare_vms);
}

json_t *model_parse_array(const char *text, const char *member, struct err *err)
{
	json_error_t where;
	json_t *json = json_loads(text, 0, &where);

	if (json && json_is_array(json))
		return json;
	err_set(err, -EBADMSG, _("playthroughd's answer to %s is not JSON: %s"), member,
	        json ? "[]" : where.text);
	err_code(err, CODE_BUS_VERSION);
	json_decref(json);
	return NULL;
}

int model_set_vms(struct model *model, const char *text, struct err *err)
{
	cleanup_json json_t *all = model_parse_array(text, "ListVMs", err);
	struct model_vm *vms;
	const json_t *one;
	size_t i, n = 0;

	if (!all)
		return -EBADMSG;
	vms = xcalloc(json_array_size(all) + 1, sizeof(*vms));
	json_array_foreach (all, i, one) {
		if (n == MODEL_VMS_MOST)
			break;
		parse_vm(one, &vms[n]);
		if (*vms[n].name)
			n++;
		else
			vm_finish(&vms[n]);
	}
	vms_finish(model->vms, model->n_vms);
	model->vms = vms;
	model->n_vms = n;
	model->listed = true;
	sort_vms(model);
	model_changed(model);
	return 0;
}

static struct model_vm *find_vm(const struct model *model, const char *name)
{
	for (size_t i = 0; i < model->n_vms; i++)
		if (streq(model->vms[i].name, name))
			return &model->vms[i];
	return NULL;
}

const struct model_vm *model_vm(const struct model *model, const char *name)
{
	return find_vm(model, name);
}

void model_set_vm_state(struct model *model, const char *name, const char *state)
{
	struct model_vm *vm = find_vm(model, name);

	if (vm)
		vm->state = parse_state(state);
	model_changed(model);
}

void model_set_played(struct model *model, const char *name, int64_t when_s)
{
	struct played *played = NULL;

	for (size_t i = 0; i < model->n_played && !played; i++)
		if (streq(model->played[i].name, name))
			played = &model->played[i];
	if (!played) {
		if (model->n_played == MODEL_VMS_MOST)
			return;
		played = list_append(model->played, model->n_played);
		played->name = model_text(name);
	}
	played->when_s = when_s;
	sort_vms(model);
	model_changed(model);
}

/* --- jobs --- */

static void job_finish(struct model_job *job)
{
	free(job->path);
	free(job->kind);
	free(job->vm);
	free(job->message);
	free(job->hint);
	free(job->code);
	for (size_t i = 0; i < job->n_stages; i++)
		free(job->stages[i].name);
}

static enum model_job_state parse_job_state(const char *word)
{
	static const char *const words[] = {"running", "done", "failed", "cancelled"};

	for (size_t i = 0; word && i < ARRAY_SIZE(words); i++)
		if (streq(word, words[i]))
			return (enum model_job_state)i;
	return MODEL_JOB_FAILED;
}

/* Room for a new job: an old one that has ended goes first. */
#define JOBS_MOST 64u
static void make_room(struct model *model)
{
	for (size_t i = 0; i < model->n_jobs && model->n_jobs >= JOBS_MOST;) {
		if (model->jobs[i].state == MODEL_JOB_RUNNING && model->n_jobs < 2 * JOBS_MOST)
			i++;
		else
			model_forget_job(model, model->jobs[i].path);
	}
}

static struct model_job *find_or_add_job(struct model *model, const char *path, uint64_t now_ms)
{
	struct model_job *job;

	for (size_t i = 0; i < model->n_jobs; i++)
		if (streq(model->jobs[i].path, path))
			return &model->jobs[i];
	make_room(model);
	job = list_append(model->jobs, model->n_jobs);
	job->path = xstrdup(path);
	job->begin_ms = now_ms;
	return job;
}

static void enter_stage(struct model_job *job, const char *stage, uint64_t now_ms)
{
	const char *last = job->n_stages ? job->stages[job->n_stages - 1].name : "";

	if (!stage || !*stage || streq(stage, last) || job->n_stages == MODEL_STAGES_MOST)
		return;
	job->stages[job->n_stages++] =
	        (struct model_stage){.name = model_text(stage), .begin_ms = now_ms};
}

void model_set_job(struct model *model, const struct model_job_facts *facts, uint64_t now_ms)
{
	struct model_job *job = find_or_add_job(model, facts->path, now_ms);

	model_replace(&job->kind, model_text(facts->kind));
	model_replace(&job->vm, model_text(facts->vm));
	model_replace(&job->message, model_text(facts->message));
	model_replace(&job->hint, model_text(facts->hint));
	model_replace(&job->code, model_text(facts->code));
	enter_stage(job, facts->stage, now_ms);
	job->state = parse_job_state(facts->state);
	job->percent = facts->percent > 100 ? 100 : facts->percent;
	if (job->state != MODEL_JOB_RUNNING && !job->end_ms)
		job->end_ms = now_ms;
	model_changed(model);
}

void model_forget_job(struct model *model, const char *path)
{
	for (size_t i = 0; i < model->n_jobs; i++) {
		if (!streq(model->jobs[i].path, path))
			continue;
		job_finish(&model->jobs[i]);
		memmove(&model->jobs[i], &model->jobs[i + 1],
		        (model->n_jobs - i - 1) * sizeof(*model->jobs));
		model->n_jobs--;
		model_changed(model);
		return;
	}
}

const struct model_job *model_job(const struct model *model, const char *vm, const char *kind)
{
	for (size_t i = model->n_jobs; i-- > 0;) {
		const struct model_job *job = &model->jobs[i];

		if (streq(job->vm, vm) && starts_with(job->kind, kind))
			return job;
	}
	return NULL;
}

void model_finish(struct model *model)
{
	vms_finish(model->vms, model->n_vms);
	model_usb_finish(model);
	for (size_t i = 0; i < model->n_jobs; i++)
		job_finish(&model->jobs[i]);
	for (size_t i = 0; i < model->n_played; i++)
		free(model->played[i].name);
	pc_finish(&model->pc);
	plan_finish(&model->plan);
	setup_state_finish(&model->setup);
	free(model->usage.vm);
	free(model->usage.reach);
	profiles_finish(&model->profiles);
	remote_finish(&model->remote);
	drive_finish(&model->drive);
	discs_finish(&model->discs);
	free(model->jobs);
	free(model->played);
	free(model->why);
	free(model->why_hint);
	free(model->why_code);
	*model = (struct model){0};
}
