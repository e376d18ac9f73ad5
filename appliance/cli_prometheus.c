/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures of all VMs in the text format of Prometheus, for the textfile collector of node_exporter. */
#include "base/i18n.h"
#include "cli.h"

#include <errno.h>
#include <inttypes.h>

enum kind {
	KIND_STATE,   /* 1 where .key has the value .word */
	KIND_TRUE,    /* 1 where .key is true */
	KIND_NONE,    /* 1 where .key is null */
	KIND_NUMBER,  /* left out where there is none */
	KIND_SECONDS, /* of microseconds */
	KIND_COUNT,   /* elements of a list */
	KIND_LOST,    /* 1 where the last end could not give everything back */
};

static const struct metric {
	const char *name, *type, *key;
	enum kind kind;
	const char *help;
} metrics[] = {
        {"vm_running", "gauge", "state", KIND_STATE, "Whether the VM runs, or is paused."},
        {"vm_paused", "gauge", "paused", KIND_TRUE, "Whether its processors stand still."},
        {"vm_profile_ok", "gauge", "error", KIND_NONE, "Whether its profile can be read."},
        {"vm_start_time_seconds", "gauge", "since", KIND_NUMBER, "When it was started."},
        {"vm_cpu_seconds_total", "counter", "cpu_usec", KIND_SECONDS, "Processor time it took."},
        {"vm_memory_bytes", "gauge", "memory_bytes", KIND_NUMBER, "Memory of this PC it has."},
        {"vm_pci_devices", "gauge", "devices", KIND_COUNT, "PCI devices it has."},
        {"vm_usb_devices", "gauge", "usb", KIND_COUNT, "USB devices it has."},
        {"vm_last_end_lost", "gauge", "last_end", KIND_LOST,
                "Whether its last end left something that was not given back."},
};

static void put_number(const char *name, const char *vm, double value)
{
	printf("playthrough_%s{vm=\"", name);
	for (const char *c = vm; *c; c++)
		printf("%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
	printf("\"} %.15g\n", value);
}

static void put_sample(const struct metric *m, const json_t *vm)
{
	const char *name = json_string_value(json_object_get(vm, "name"));
	const json_t *value = json_object_get(vm, m->key);
	const char *text = json_string_value(value);

	switch (m->kind) {
	case KIND_STATE:
		return put_number(m->name, name, text && streq(text, "running"));
	case KIND_TRUE:
		return put_number(m->name, name, json_is_true(value));
	case KIND_NONE:
		return put_number(m->name, name, json_is_null(value));
	case KIND_COUNT:
		return put_number(m->name, name, (double)json_array_size(value));
	case KIND_LOST:
		return put_number(
		        m->name, name, json_is_string(json_object_get(value, "lost")) ? 1 : 0);
	case KIND_NUMBER:
		if (json_is_integer(value))
			put_number(m->name, name, (double)json_integer_value(value));
		return;
	case KIND_SECONDS:
		if (json_is_integer(value))
			put_number(m->name, name, (double)json_integer_value(value) / 1e6);
		return;
	}
}

static void put_head(const char *name, const char *type, const char *help)
{
	printf("# HELP playthrough_%s %s\n# TYPE playthrough_%s %s\n", name, help, name, type);
}

static void put_all(const json_t *vms, const json_t *quarantined)
{
	const json_t *vm;
	size_t n;

	put_head("build_info", "gauge", "The version.");
	printf("playthrough_build_info{version=\"%s\"} 1\n", PLAYTHROUGH_VERSION);
	if (quarantined) {
		put_head("quarantined_devices", "gauge",
		        "Devices that are not opened until a power cycle.");
		printf("playthrough_quarantined_devices %zu\n", json_array_size(quarantined));
	}
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++) {
		put_head(metrics[i].name, metrics[i].type, metrics[i].help);
		json_array_foreach (vms, n, vm)
			put_sample(&metrics[i], vm);
	}
}

/* Its profile was removed or broken since the list was made. */
static bool has_gone(const struct err *err)
{
	return (err->number == -ENOENT || err->number == -EINVAL) &&
	       !err_is(err, CODE_BUS_NO_DAEMON);
}

/*
 * Each VM's entry in ListVMs and its Status as one object; of a profile that cannot be read there is no Status. Each Status
 * tells of quarantined devices: without any it is not known of them, and @quarantined stays NULL. NULL with @err.
 */
static json_t *take(struct cli *cli, json_t **quarantined, struct err *err)
{
	json_t *vms = cli_call_json(cli, "ListVMs", NULL, err);

	for (size_t i = 0; i < json_array_size(vms); i++) {
		json_t *vm = json_array_get(vms, i);
		const char *name = json_string_value(json_object_get(vm, "name"));
		cleanup(json_decrefp) json_t *status = NULL;

		if (!name || json_is_string(json_object_get(vm, "error")))
			continue;
		status = cli_call_json(cli, "Status", name, err);
		if (!status && has_gone(err)) {
			json_array_remove(vms, i--);
			continue;
		}
		if (!status) {
			json_decref(vms);
			return NULL;
		}
		json_decref(*quarantined);
		*quarantined = json_incref(json_object_get(status, "quarantined"));
		json_object_update(vm, status);
	}
	return vms;
}

int cli_prometheus(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *vms = NULL, *quarantined = NULL;

	if (cli->args[0]) {
		err_set(err, -EINVAL, _("--prometheus is of all VMs"));
		err_hint(err, _("leave %s out"), cli->args[0]);
		return -EINVAL;
	}
	vms = take(cli, &quarantined, err);
	put_head("up", "gauge", "Whether playthroughd answers.");
	printf("playthrough_up %d\n", vms ? 1 : 0);
	if (!vms)
		return err->number;
	put_all(vms, quarantined);
	return 0;
}
