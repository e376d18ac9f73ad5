/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a game uses of the PC: processors by two looks at their time, memory by the last. And how it is reached. */
#include "bus/net_address.h"
#include "bus/reach.h"
#include "model/model.h"
#include "model/parts.h"

#define TENTH_GIB ((1ull << 30) / 10)

static void set_vm(struct model_usage *usage, const char *vm)
{
	free(usage->vm);
	free(usage->reach);
	*usage = (struct model_usage){.vm = model_text(vm), .reach = xstrdup("")};
}

void model_forget_usage(struct model *model)
{
	if (!*model->usage.vm)
		return;
	set_vm(&model->usage, "");
	model_changed(model);
}

/* Two looks at one moment, a clock or a counter that goes back: nothing is known. */
static bool measure(const struct model_usage *before, uint64_t cpu_usec, uint64_t at_usec,
        unsigned cpus, unsigned *percent)
{
	uint64_t used = cpu_usec - before->cpu_usec, time = at_usec - before->at_usec;

	if (!before->at_usec || at_usec <= before->at_usec || cpu_usec < before->cpu_usec ||
	        !cpus || time > UINT64_MAX / 65536 || used > UINT64_MAX / 200)
		return false;
	used = (used * 100 + time * cpus / 2) / (time * cpus);
	*percent = used > 100 ? 100 : (unsigned)used;
	return true;
}

/* "RDP 192.0.2.7:3389   SSH 192.0.2.7:2222", where ports lead to it. Caller frees. */
static char *reach_of(const json_t *json)
{
	const json_t *forwards = json_object_get(json, "forwards");
	cleanup_strv struct strv addresses = {0}, words = {0};
	cleanup(reaches_finish) struct reaches reaches;
	cleanup_free char *all = NULL;

	if (json_array_size(forwards))
		net_hosts(true, &addresses);
	reaches_make(forwards, &addresses, &reaches);
	for (size_t i = 0; i < reaches.n; i++) {
		cleanup_free char *at = reach_text(&reaches.list[i]);

		strv_addf(&words, "%s %s", reaches.list[i].name, at);
	}
	all = strv_join(&words, " \u00b7 ");
	return model_text(all);
}

static bool set_reach(struct model_usage *usage, const json_t *json)
{
	cleanup_free char *reach = reach_of(json);

	if (streq(usage->reach, reach))
		return false;
	free(usage->reach);
	usage->reach = take_ptr(reach);
	return true;
}

bool model_set_usage(struct model *model, const char *vm, const char *text)
{
	cleanup_json json_t *json = json_loads(text, 0, NULL);
	uint64_t cpu_usec = model_member_number(json, "cpu_usec");
	uint64_t at_usec = model_member_number(json, "at_usec");
	uint64_t memory = model_member_number(json, "memory_bytes");
	struct model_usage *u = &model->usage, before;
	const struct model_vm *of = model_vm(model, vm);
	bool reached;

	if (!streq(u->vm, vm))
		set_vm(u, vm);
	reached = set_reach(u, json);
	before = *u;
	u->measured = measure(&before, cpu_usec, at_usec, of ? of->cpus : 0, &u->percent);
	u->cpu_usec = cpu_usec;
	u->at_usec = at_usec;
	u->memory_tenths = (unsigned)((memory + TENTH_GIB / 2) / TENTH_GIB & 0xffffff);
	if (!reached && u->measured == before.measured &&
	        u->memory_tenths == before.memory_tenths &&
	        (!u->measured || u->percent == before.percent))
		return false;
	model_changed(model);
	return true;
}
