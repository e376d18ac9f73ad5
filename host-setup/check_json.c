/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `check --json`, schema 1. Keys keep their order; later versions only add keys. */
#include "gpu.h"

#include <stdio.h>

/* What the host holds may be in any encoding (labels, product names); JSON takes UTF-8 alone. */
static json_t *text(const char *s)
{
	json_t *value = s ? json_string(s) : json_null();

	if (!value) {
		cleanup_free char *plain = xstrdup(s);

		for (char *p = plain; *p; p++)
			*p = *p & 0x80 ? '?' : *p;
		value = json_string(plain);
	}
	return value;
}

static json_t *texts(const struct strv *v)
{
	json_t *array = json_array();

	strv_foreach (s, v)
		json_array_append_new(array, text(*s));
	return array;
}

static json_t *address(const struct pci_device *d)
{
	return json_string(pci_addr_format(d->addr).s);
}

static json_t *class_of(const struct pci_device *d)
{
	char class[8];

	snprintf(class, sizeof(class), "%04x", d->class_code >> 8 & 0xffff);
	return json_string(class);
}

static const char *cure_name(enum check_cure cure)
{
	switch (cure) {
	case CHECK_CURE_NONE:
		return NULL;
	case CHECK_CURE_APPLY:
		return "apply";
	case CHECK_CURE_PERSON:
		return "person";
	case CHECK_CURE_IMPOSSIBLE:
		return "impossible";
	}
	abort();
}

static json_t *result_json(const struct check_result *r)
{
	json_t *o = json_object(), *evidence = json_array();

	for (size_t i = 0; i < r->n_evidence; i++) {
		json_t *e = json_object();

		json_object_set_new(e, "source", text(r->evidence[i].source));
		json_object_set_new(e, "value", text(r->evidence[i].value));
		json_array_append_new(evidence, e);
	}
	json_object_set_new(o, "id", json_string(r->id));
	json_object_set_new(o, "status", json_string(check_status_name(r->status)));
	json_object_set_new(o, "summary", text(r->summary));
	json_object_set_new(o, "evidence", evidence);
	json_object_set_new(o, "fix", text(r->fix));
	json_object_set_new(o, "code", text(r->code));
	json_object_set_new(o, "cure", text(cure_name(r->cure)));
	json_object_set_new(o, "only_root_knows", json_boolean(r->only_root_knows));
	return o;
}

static json_t *device_json(const struct host *host, const struct pci_device *d)
{
	struct strv cleanup_strv uses = {0};
	json_t *o = json_object();

	host_loses(host, d, &uses);
	json_object_set_new(o, "address", address(d));
	json_object_set_new(o, "id", json_string(pci_id(d).s));
	json_object_set_new(o, "class", class_of(d));
	json_object_set_new(o, "driver", text(d->driver));
	json_object_set_new(o, "host_uses", texts(&uses));
	json_object_set_new(o, "bridge", json_boolean(pci_is_bridge(d)));
	return o;
}

static json_t *group_json(const struct host *host, const struct iommu_group *group)
{
	json_t *o = json_object(), *devices = json_array();
	struct strv cleanup_strv losses = {0};

	for (size_t i = 0; i < group->n; i++)
		json_array_append_new(
		        devices, device_json(host, &host->pci.list[group->devices[i]]));
	json_object_set_new(o, "id", json_integer(group->id));
	json_object_set_new(o, "devices", devices);
	json_object_set_new(o, "type", text(group->type));
	host_group_loses(host, group, &losses);
	json_object_set_new(o, "host_loses", texts(&losses));
	return o;
}

static json_t *gpu_json(const struct check_gpu *gpu)
{
	const struct pci_device *d = gpu->device;
	cleanup_free char *name = pci_describe(d);
	json_t *o = json_object();

	json_object_set_new(o, "address", address(d));
	json_object_set_new(o, "verdict", json_string(check_status_name(gpu->verdict)));
	json_object_set_new(o, "needs", texts(&gpu->needs));
	json_object_set_new(o, "reasons", texts(&gpu->reasons));
	json_object_set_new(o, "id", json_string(pci_id(d).s));
	json_object_set_new(o, "name", text(name));
	json_object_set_new(o, "path", text(d->path));
	json_object_set_new(
	        o, "group", d->iommu_group < 0 ? json_null() : json_integer(d->iommu_group));
	json_object_set_new(o, "driver", text(d->driver));
	json_object_set_new(o, "boot_display", json_boolean(gpu->boot_display));
	json_object_set_new(o, "in_place", json_boolean(gpu->in_place));
	json_object_set_new(o, "reset_method", text(d->reset_method));
	json_object_set_new(o, "kind", json_string(gpu_kind_name(gpu->kind)));
	json_object_set_new(o, "comes_back", json_string(gpu_comes_back_name(gpu->comes_back)));
	return o;
}

json_t *check_json(const struct host *host, const struct check_report *report)
{
	int code = check_exit_code(report);
	json_t *o = json_object(), *checks = json_array(), *groups = json_array(),
	       *gpus = json_array();

	for (size_t i = 0; i < report->n_results; i++)
		json_array_append_new(checks, result_json(&report->results[i]));
	for (size_t i = 0; i < host->iommu.n_groups; i++)
		json_array_append_new(groups, group_json(host, &host->iommu.groups[i]));
	for (size_t i = 0; i < report->n_gpus; i++)
		json_array_append_new(gpus, gpu_json(&report->gpus[i]));
	json_object_set_new(o, "schema", json_integer(1));
	json_object_set_new(o, "ready", json_boolean(code == CHECK_EXIT_READY));
	json_object_set_new(o, "verdict", json_string(check_verdict_name(code)));
	json_object_set_new(o, "exit_code", json_integer(code));
	json_object_set_new(o, "checks", checks);
	json_object_set_new(o, "groups", groups);
	json_object_set_new(o, "gpus", gpus);
	return o;
}
