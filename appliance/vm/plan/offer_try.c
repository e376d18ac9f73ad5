/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the planner whether a start would have what is offered, with a profile that has nothing else in it. */
#include "vm/plan/offer_parts.h"

#include "base/i18n.h"
#include "vm/plan/plan.h"

/* Small, emulated and without firmware files: nothing but the devices can be refused. */
#define SMALL "[memory]\nsize=64M\n[boot]\nfirmware=bios\n"
static const char bare[] = "[cpu]\naccel=tcg\n" SMALL;

static bool is_there(const char *path)
{
	(void)path;
	return true;
}

/* As a start would: from the text, so that what no text can say is found out here. */
static int try_text(
        const struct host *host, const char *text, struct vm_plan *plan, struct err *err)
{
	const struct vm_options options = {.qemu = "", .data_dir = "", .exists = is_there};
	struct profile profile;
	int r = profile_parse(text, "offer.profile", &profile, err);

	if (r < 0)
		return r;
	r = vm_plan_make(host, &profile, &options, plan, err);
	profile_finish(&profile);
	return r;
}

static char *text_of(const struct offer *offer)
{
	cleanup_strv struct strv lines = {0};
	const json_t *section, *pair;
	size_t i, k;

	strv_add(&lines, bare);
	json_array_foreach (offer->sections, i, section) {
		strv_addf(&lines, "[%s]\n", json_string_value(json_object_get(section, "section")));
		json_array_foreach (json_object_get(section, "keys"), k, pair) {
			strv_addf(&lines, "%s=%s\n", json_string_value(json_array_get(pair, 0)),
			        json_string_value(json_array_get(pair, 1)));
		}
	}
	return strv_join(&lines, "");
}

static void check_free(
        const struct offer_request *q, struct offer *offer, const struct vm_plan *plan)
{
	struct err err = {0};

	for (size_t i = 0; q->pci_free && i < plan->n_pci; i++) {
		if (q->pci_free(q->vms, plan->pci[i].addr, &err) == 0)
			continue;
		offer_worsen(offer, OFFER_WARN);
		strv_add(&offer->reasons, err.message);
		strcpy(offer->code, err.code);
	}
	for (size_t i = 0; q->disk_free && i < plan->n_disks; i++) {
		if (q->disk_free(q->vms, plan->disks[i].device, &err) == 0)
			continue;
		offer_worsen(offer, OFFER_FAIL);
		strv_add(&offer->reasons, err.message);
		strcpy(offer->code, err.code);
	}
}

static bool cut(struct err *err, const char *head)
{
	size_t n = strlen(head);

	if (!starts_with(err->message, head))
		return false;
	memmove(err->message, err->message + n, strlen(err->message + n) + 1);
	return true;
}

/*
 * The planner speaks of sections of a profile, and here is none yet: "gpu 2 0000:01:00.0: why" goes without them. Of the
 * device that is offered the address is known, too.
 */
static void cut_section(const struct offer *offer, struct err *err)
{
	const json_t *section;
	size_t i;

	json_array_foreach (offer->sections, i, section) {
		const char *name = json_string_value(json_object_get(section, "section"));
		cleanup_free char *disk =
		        starts_with(name, "disk ") ? xasprintf(_("disk %s"), name + 5) : NULL;
		cleanup_free char *head = disk ? xasprintf("%s: ", disk) : xasprintf("%s ", name);

		if (!cut(err, head))
			continue;
		if (!disk && i == 0) {
			cleanup_free char *address =
			        xasprintf("%s: ", pci_addr_format(offer->device->addr).s);

			cut(err, address);
		}
		return;
	}
}

void offer_try(const struct offer_request *q, struct offer *offer)
{
	cleanup_free char *text = text_of(offer);
	struct vm_plan plan;
	struct err err = {0};

	if (try_text(q->host, text, &plan, &err) < 0) {
		cut_section(offer, &err);
		offer_fail(offer, &err);
		return;
	}
	check_free(q, offer, &plan);
	vm_plan_finish(&plan);
}

json_t *offer_start(const struct offer_request *q)
{
	struct offer offer = {0};
	json_t *json = json_object();
	struct vm_plan plan;
	struct err err = {0};

	if (try_text(q->host, SMALL, &plan, &err) < 0)
		offer_fail(&offer, &err);
	else
		vm_plan_finish(&plan);
	offer_tell(&offer, json);
	json_object_del(json, "sections");
	json_object_del(json, "proposed");
	offer_finish(&offer);
	return json;
}
