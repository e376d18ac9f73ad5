/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tells how the guest is: the port of its agent, the devices by which it says that it has crashed or hangs; and what
 * it reads of its maker.
 */
#include "vm/plan/plan_parts.h"

/*
 * Further functions of the chipset's own slot, which has several in any case: those of the slots on the root bus are
 * counted. The real chipset has functions there, too.
 */
#define CRASH_PLACE    "bus=pcie.0,addr=1f.4"
#define WATCHDOG_PLACE "bus=pcie.0,addr=1f.5"

/* On the bus of the report, where there is one; Windows has no other port, nor a driver for it without the agent's. */
void args_agent(const struct planning *p, bool has_bus)
{
	struct strv *args = &p->plan->args;
	unsigned fd;

	if (!p->profile->guest_agent)
		return;
	fd = plan_add_fd(p->plan, VM_FD_AGENT, 0, NULL, true);
	args_option(
	        args, "-chardev", "socket,id=" ARGS_GUEST_AGENT ",fd=%u,server=on,wait=off", fd);
	if (!has_bus)
		args_option(args, "-device",
		        "virtio-serial-pci,id=report-bus,bus=pcie.0,addr=%02x.0", SLOT_REPORT);
	args_option(args, "-device",
	        "virtserialport,bus=report-bus.0,nr=2,chardev=" ARGS_GUEST_AGENT
	        ",id=" ARGS_GUEST_AGENT ",name=org.qemu.guest_agent.0");
}

/* QEMU's word for it. Our own guest has nothing to look at when it has crashed. */
const char *args_crash_action(const struct planning *p)
{
	if (p->options->test_drive)
		return "shutdown";
	switch (p->profile->crash) {
	case PROFILE_CRASH_POWEROFF:
		break;
	case PROFILE_CRASH_PAUSE:
		return "pause";
	case PROFILE_CRASH_RUN:
		return "none";
	}
	return "shutdown";
}

/* "poweroff" and not "shutdown": whoever hangs does not hear the power button. */
static const char *watchdog_action(enum profile_watchdog watchdog)
{
	switch (watchdog) {
	case PROFILE_WATCHDOG_NO:
		break;
	case PROFILE_WATCHDOG_RESET:
		return "reset";
	case PROFILE_WATCHDOG_POWEROFF:
		return "poweroff";
	case PROFILE_WATCHDOG_PAUSE:
		return "pause";
	}
	return NULL;
}

/* Windows tells its crashes by what it has of Hyper-V (hv-crash), and has no driver for either. */
void args_guards(const struct planning *p)
{
	const char *action = watchdog_action(p->profile->watchdog);
	struct strv *args = &p->plan->args;

	if (!profile_is_windows(p->profile))
		args_option(args, "-device", ARGS_PANIC_DEVICE ",id=panic," CRASH_PLACE);
	if (!action)
		return;
	args_option(args, "-device", "i6300esb,id=watchdog," WATCHDOG_PLACE);
	args_option(args, "-action", "watchdog=%s", action);
}

void args_panic_out(struct vm_plan *plan)
{
	struct strv *args = &plan->args;

	for (size_t i = 0; i + 1 < args->n; i++) {
		if (!streq(args->list[i], "-device") ||
		        !starts_with(args->list[i + 1], ARGS_PANIC_DEVICE ","))
			continue;
		free(args->list[i]);
		free(args->list[i + 1]);
		memmove(&args->list[i], &args->list[i + 2],
		        (args->n - i - 1) * sizeof(*args->list)); /* with the NULL behind them */
		args->n -= 2;
		return;
	}
}

void args_smbios(const struct planning *p)
{
	const struct profile *profile = p->profile;
	const struct {
		const char *name, *value;
	} words[] = {
	        {"manufacturer", profile->smbios_manufacturer},
	        {"product", profile->smbios_product},
	        {"version", profile->smbios_version},
	        {"serial", profile->smbios_serial},
	        {"sku", profile->smbios_sku},
	        {"family", profile->smbios_family},
	};
	cleanup_strv struct strv all = {0};
	cleanup_free char *text = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		cleanup_free char *value = args_value(words[i].value ? words[i].value : "");

		if (*value)
			strv_addf(&all, "%s=%s", words[i].name, value);
	}
	if (!all.n)
		return;
	text = strv_join(&all, ",");
	args_option(&p->plan->args, "-smbios", "type=1,%s", text);
}
