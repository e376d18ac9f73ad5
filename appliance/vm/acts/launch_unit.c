/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/launch_unit.h"

#include "base/fences.h"
#include "base/i18n.h"
#include "vm/acts/transient.h"

#include <errno.h>

static int add_string(sd_bus_message *m, const char *name, const char *value)
{
	return sd_bus_message_append(m, "(sv)", name, "s", value);
}

static int add_bool(sd_bus_message *m, const char *name, bool value)
{
	return sd_bus_message_append(m, "(sv)", name, "b", (int)value);
}

static int add_u64(sd_bus_message *m, const char *name, uint64_t value)
{
	return sd_bus_message_append(m, "(sv)", name, "t", value);
}

/* Into a /dev that has nothing else of this PC's (PrivateDevices=). Of one that has gone meanwhile QEMU tells. */
static int add_device(sd_bus_message *m, const char *path)
{
	int r = sd_bus_message_append(m, "(sv)", "DeviceAllow", "a(ss)", 1, path, "rw");

	return r < 0 ? r
	             : sd_bus_message_append(
	                       m, "(sv)", "BindPaths", "a(ssbt)", 1, path, path, 1, (uint64_t)0);
}

static int add_command(sd_bus_message *m, const struct launch_request *request)
{
	return sd_bus_message_append(m, "(sv)", "ExecStart", "a(sasb)", 1, request->program, 2,
	        request->program, request->socket, 0);
}

/* Its own user, made for it and gone with it; only the nodes it needs. */
static int add_identity(sd_bus_message *m, const struct launch_request *request)
{
	cleanup_free char *user = xasprintf("pt-%s", request->vm);
	cleanup_free char *path = NULL;
	int r = add_bool(m, "DynamicUser", true);

	r = r < 0 ? r : add_string(m, "User", user);
	if (request->kvm) {
		r = r < 0 ? r
		          : sd_bus_message_append(m, "(sv)", "SupplementaryGroups", "as", 1, "kvm");
		r = r < 0 ? r : add_device(m, "/dev/kvm");
	}
	if (request->n_groups)
		r = r < 0 ? r : add_device(m, "/dev/vfio/vfio");
	for (size_t i = 0; i < request->n_groups; i++) {
		free(path);
		path = xasprintf("/dev/vfio/%d", request->groups[i]);
		r = r < 0 ? r : add_device(m, path);
	}
	if (request->nodes)
		strv_foreach (node, request->nodes)
			r = r < 0 ? r : add_device(m, *node);
	return r;
}

int launch_unit_add_cpus(sd_bus_message *m, const struct cpulist *cpus)
{
	uint8_t bytes[CPULIST_MOST / 8] = {0}; /* bit N is processor N */
	size_t n = 0;
	int r;

	for (size_t i = 0; i < cpus->n; i++) {
		bytes[cpus->list[i] / 8] |= (uint8_t)(1u << cpus->list[i] % 8);
		n = cpus->list[i] / 8 + 1;
	}
	r = sd_bus_message_open_container(m, 'r', "sv");
	r = r < 0 ? r : sd_bus_message_append(m, "s", "AllowedCPUs");
	r = r < 0 ? r : sd_bus_message_open_container(m, 'v', "ay");
	r = r < 0 ? r : sd_bus_message_append_array(m, 'y', bytes, n);
	r = r < 0 ? r : sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int add_limits(sd_bus_message *m, const struct launch_request *request)
{
	int r = add_string(m, "Slice", "playthrough.slice");

	/*
	 * Its threads are pinned one by one later. A cpuset that the unit has from the start keeps them so: one that comes while
	 * they run, because some other unit gets one, has Linux before 6.2 forget where they were pinned.
	 */
	if (request->cpus && request->cpus->n)
		r = r < 0 ? r : launch_unit_add_cpus(m, request->cpus);
	if (request->memlock_bytes)
		r = r < 0 ? r : add_u64(m, "LimitMEMLOCK", request->memlock_bytes);
	r = r < 0 ? r : add_string(m, "KillMode", "control-group");
	r = r < 0 ? r : add_u64(m, "TimeoutStopUSec", 30000000);
	r = r < 0 ? r : add_string(m, "CollectMode", "inactive-or-failed");
	r = r < 0 ? r : add_u64(m, "LogRateLimitIntervalUSec", 10000000);
	return r < 0 ? r : sd_bus_message_append(m, "(sv)", "LogRateLimitBurst", "u", 200u);
}

/* The emulated processor writes code; netlink is how QEMU's libusb hears of devices. */
static int add_fences(sd_bus_message *m, const struct launch_request *request)
{
	return fences_add(m, &(const struct fences){.network = request->network,
	                             .netlink = true,
	                             .writes_code = true,
	                             .places = true});
}

/* Stopped before this service is, it shuts the guest down: see playthrough-guests.service. */
static int add_order(sd_bus_message *m)
{
	static const char guests[] = "playthrough-guests.service";
	int r = sd_bus_message_append(m, "(sv)", "Wants", "as", 1, guests);

	return r < 0 ? r : sd_bus_message_append(m, "(sv)", "Before", "as", 1, guests);
}

static int fill(sd_bus_message *m, const struct launch_request *request)
{
	cleanup_free char *unit = launch_unit_name(request->vm);
	cleanup_free char *description =
	        xasprintf(_("game VM %s"), request->title ? request->title : request->vm);
	int r = sd_bus_message_append(m, "ss", unit, "fail");

	r = r < 0 ? r : sd_bus_message_open_container(m, 'a', "(sv)");
	r = r < 0 ? r : add_string(m, "Description", description);
	r = r < 0 ? r : add_string(m, "Type", "exec");
	r = r < 0 ? r : add_order(m);
	r = r < 0 ? r : add_command(m, request);
	r = r < 0 ? r : add_identity(m, request);
	r = r < 0 ? r : add_limits(m, request);
	r = r < 0 ? r : add_fences(m, request);
	r = r < 0 ? r : sd_bus_message_close_container(m);
	return r < 0 ? r : sd_bus_message_append(m, "a(sa(sv))", 0);
}

int launch_unit_message(const struct launch_request *request, sd_bus_message **out, struct err *err)
{
	sd_bus_message *m = NULL;
	int r = transient_message(request->bus, &m);

	r = r < 0 ? r : fill(m, request);
	if (r < 0) {
		sd_bus_message_unref(m);
		return err_errno(err, r, _("the VM's systemd service cannot be described"));
	}
	*out = m;
	return 0;
}
