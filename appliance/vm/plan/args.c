/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's arguments for a plan. Every descriptor and slot has its number here, so that runs are alike. */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"
#include "vm/plan/usb_options.h"

#include <errno.h>
#include <stdio.h>

#define MIB       (1ull << 20)
#define FUNCTIONS 8u /* of a PCI slot */

char *args_value(const char *value)
{
	char *escaped = xcalloc(2 * strlen(value) + 1, 1), *to = escaped;

	for (; *value; value++) {
		*to++ = *value;
		if (*value == ',')
			*to++ = ',';
	}
	return escaped;
}

void args_option(struct strv *args, const char *flag, const char *fmt, ...)
{
	va_list ap;

	strv_add(args, flag);
	va_start(ap, fmt);
	strv_take(args, xvasprintf(fmt, ap));
	va_end(ap);
}

bool args_is_windows(const struct profile *profile)
{
	return profile->guest == PROFILE_GUEST_WINDOWS_10 ||
	       profile->guest == PROFILE_GUEST_WINDOWS_11;
}

/* --- machine --- */

/*
 * Reboots stay in the same process, and so keep the devices; but our own guest ends at a panic instead
 * of trying for ever. Paused at first: the daemon says when to run.
 */
static void add_machine(const struct planning *p)
{
	struct strv *args = &p->plan->args;
	const struct guest_firmware *firmware = p->plan->firmware;

	strv_add(args, "-nodefaults");
	strv_add(args, "-no-user-config");
	args_option(args, "-name", "guest=%s,debug-threads=on", p->plan->name);
	strv_add(args, "-S");
	args_option(args, "-machine", "q35,accel=%s,usb=off,vmport=off,dump-guest-core=off%s%s%s",
	        p->plan->kvm ? "kvm" : "tcg", p->plan->n_nodes > 1 ? "" : ",memory-backend=ram",
	        firmware && firmware->smm ? ",smm=on" : "",
	        firmware ? ",pflash0=firmware-code,pflash1=firmware-vars" : "");
	args_cpu(p);
	args_memory(p);
	args_option(args, "-rtc", "base=%s,clock=host,driftfix=slew",
	        args_is_windows(p->profile) ? "localtime" : "utc");
	args_option(args, "-action", "reboot=%s,shutdown=poweroff,panic=%s",
	        p->options->test_drive ? "shutdown" : "reset", args_crash_action(p));
	args_option(args, "-sandbox",
	        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
	args_display(p);
	args_option(args, "-vga", "none");
}

/* --- the daemon's ends --- */

static void add_control(const struct planning *p)
{
	struct strv *args = &p->plan->args;
	unsigned qmp = plan_add_fd(p->plan, VM_FD_QMP, 0, NULL, true);
	unsigned serial = plan_add_fd(p->plan, VM_FD_SERIAL, 0, NULL, true);

	args_option(args, "-chardev", "socket,id=qmp,fd=%u,server=on,wait=off", qmp);
	args_option(args, "-mon", "chardev=qmp,mode=control");
	args_option(args, "-add-fd", "fd=%u,set=%u,opaque=serial", serial, serial);
	args_option(args, "-chardev", "file,id=serial,path=/dev/fdset/%u,append=on", serial);
	args_option(args, "-serial", "chardev:serial");
}

/* Windows has no driver for it, and nothing there to report with. */
static bool has_report(const struct planning *p)
{
	return !args_is_windows(p->profile) || p->options->test_drive;
}

static void add_report(const struct planning *p)
{
	struct strv *args = &p->plan->args;
	unsigned report;

	if (!has_report(p))
		return;
	report = plan_add_fd(p->plan, VM_FD_REPORT, 0, NULL, true);
	args_option(args, "-chardev", "socket,id=report,fd=%u,server=on,wait=off", report);
	args_option(args, "-device", "virtio-serial-pci,id=report-bus,bus=pcie.0,addr=%02x.0",
	        SLOT_REPORT);
	args_option(args, "-device",
	        "virtserialport,bus=report-bus.0,nr=1,chardev=report,id=report,"
	        "name=org.playthrough.report");
}

/* --- devices --- */

static void add_root_port(struct strv *args, const struct vm_node *node, unsigned slot)
{
	cleanup_free char *bus = node ? xasprintf("node%u", node->host) : xstrdup("pcie.0");

	args_option(args, "-device",
	        "pcie-root-port,id=port-%02x,bus=%s,addr=%02x.0,chassis=%u,slot=%u", slot, bus,
	        slot, slot, slot);
}

static void add_usb(const struct planning *p)
{
	add_root_port(&p->plan->args, NULL, SLOT_USB);
	args_option(&p->plan->args, "-device",
	        "qemu-xhci,id=usb,p2=%u,p3=%u,bus=port-%02x,addr=00.0", USB_GUEST_PORTS,
	        USB_GUEST_PORTS, SLOT_USB);
}

static void plan_display(const struct planning *p)
{
	if (plan_display_type(p) != PROFILE_DISPLAY_NONE)
		p->plan->display_path = xasprintf("00:%02x.0", SLOT_DISPLAY);
}

static void add_display(const struct planning *p)
{
	struct strv *args = &p->plan->args;

	if (!p->plan->display_path)
		return;
	args_option(args, "-device", "%s,id=display,bus=pcie.0,addr=%02x.0", plan_display_device(p),
	        SLOT_DISPLAY);
	if (args_is_windows(p->profile)) {
		/* Below USB_GUEST_FIRST_PORT, so that no port is wanted twice. */
		args_option(args, "-device", "usb-kbd,id=keyboard,bus=%s,port=1", VM_USB_BUS);
		args_option(args, "-device", "usb-tablet,id=tablet,bus=%s,port=2", VM_USB_BUS);
		return;
	}
	args_option(args, "-device", "virtio-keyboard-pci,id=keyboard,bus=pcie.0,addr=%02x.0%s",
	        SLOT_KEYBOARD, p->plan->shares_mouse ? ",multifunction=on" : "");
	args_option(args, "-device", "virtio-tablet-pci,id=tablet,bus=pcie.0,addr=%02x.0%s",
	        SLOT_TABLET, p->plan->glass ? ",multifunction=on" : "");
}

/* Claims of what the profile names come first, in its order. */
static const struct profile_pci *wish_of(const struct planning *p, const struct vm_claim_pci *claim)
{
	size_t i = (size_t)(claim - p->plan->pci);

	return i < p->profile->n_pci ? &p->profile->pci[i] : NULL;
}

/*
 * The picture of a mediated device would want OpenGL of QEMU's display, or come by a way that only NVIDIA's has: the guest
 * has an emulated card, or shows it from within.
 */
static char *function_of(const struct vm_claim_pci *claim)
{
	struct pci_addr_text host = pci_addr_format(claim->addr);

	switch (claim->share.kind) {
	case VM_SHARE_NO:
		break;
	case VM_SHARE_VIRTUAL:
		if (!claim->share.there)
			return xasprintf("host=%s/virtfn%u", host.s, claim->share.vf);
		break;
	case VM_SHARE_MEDIATED:
		return xasprintf(
		        "sysfsdev=/sys/bus/mdev/devices/%s,display=off", claim->share.uuid);
	}
	return xasprintf("host=%s", host.s);
}

static const char *rombar_option(const struct profile_pci *wish)
{
	switch (wish ? wish->rombar : PROFILE_ROMBAR_AUTO) {
	case PROFILE_ROMBAR_AUTO:
		break;
	case PROFILE_ROMBAR_YES:
		return ",rombar=1";
	case PROFILE_ROMBAR_NO:
		return ",rombar=0";
	}
	return "";
}

static void add_function(const struct planning *p, const struct vm_claim_pci *claim, unsigned slot,
        unsigned function, bool more)
{
	const struct profile_pci *wish = wish_of(p, claim);
	const char *romfile = wish ? wish->romfile : NULL;
	cleanup_free char *path = args_value(romfile ? romfile : "");
	cleanup_free char *device = function_of(claim);
	cleanup_free char *boot =
	        wish && wish->boot ? xasprintf(",bootindex=%u", wish->boot) : NULL;

	args_option(&p->plan->args, "-device",
	        "vfio-pci,id=pci-%02x.%u,%s,bus=port-%02x,addr=00.%u%s%s%s%s%s%s", slot, function,
	        device, slot, function, more ? ",multifunction=on" : "", romfile ? ",romfile=" : "",
	        path, rombar_option(wish), plan_is_vga(p, claim) ? ",x-vga=on" : "",
	        boot ? boot : "");
}

static const struct vm_claim_pci *claim_at(
        const struct vm_plan *plan, unsigned slot, unsigned function)
{
	char path[16];

	snprintf(path, sizeof(path), ":%02x.0/00.%u", slot, function);
	for (size_t i = 0; i < plan->n_pci; i++)
		if (plan->pci[i].pass && ends_with(plan->pci[i].guest_path, path))
			return &plan->pci[i];
	return NULL;
}

/* Whether the guest finds more in this slot than function 0, which is then to say so. */
static bool is_multifunction(const struct vm_plan *plan, unsigned slot)
{
	for (unsigned f = 1; f < FUNCTIONS; f++)
		if (claim_at(plan, slot, f))
			return true;
	return false;
}

/* One card, one root port: it can be removed and reset there, and has the same place in every run. */
static void add_cards(const struct planning *p)
{
	for (unsigned slot = SLOT_CARDS; slot < SLOT_CARDS_END; slot++) {
		const struct vm_claim_pci *claim;

		claim = claim_at(p->plan, slot, 0);
		if (!claim)
			break;
		add_root_port(&p->plan->args, plan_node_of(p->plan, claim), slot);
		for (unsigned f = 0; f < FUNCTIONS; f++) {
			claim = claim_at(p->plan, slot, f);
			if (claim)
				add_function(p, claim, slot, f,
				        f == 0 && is_multifunction(p->plan, slot));
		}
	}
}

/* --- boot --- */

static int refuse_file(const char *what, const char *path, const char *hint, struct err *err)
{
	err_set(err, -ENOENT, _("%s %s is not there"), what, path);
	err_hint(err, "%s", hint);
	return plan_refuse(err, CODE_VM_FILE);
}

static void add_testplan(const struct planning *p)
{
	cleanup_free char *text = vm_plan_testplan(p->plan, p->options->nonce);
	cleanup_free char *value = args_value(text);

	args_option(
	        &p->plan->args, "-fw_cfg", "name=opt/org.playthrough/testplan,string=%s", value);
}

static int add_kernel(const struct planning *p, const char *kernel, const char *initrd,
        const char *cmdline, const char *hint, struct err *err)
{
	struct strv *args = &p->plan->args;

	if (!plan_exists(p->options, kernel))
		return refuse_file(_("the kernel"), kernel, hint, err);
	if (initrd && !plan_exists(p->options, initrd))
		return refuse_file(_("the initial RAM disk"), initrd, hint, err);
	args_option(args, "-kernel", "%s", kernel);
	if (initrd)
		args_option(args, "-initrd", "%s", initrd);
	if (cmdline)
		args_option(args, "-append", "%s", cmdline);
	return 0;
}

static int add_boot(const struct planning *p, struct err *err)
{
	const struct profile *profile = p->profile;
	cleanup_free char *kernel = NULL, *initrd = NULL;

	if (p->options->test_drive) {
		kernel = xasprintf("%s/guest/vmlinuz", p->options->data_dir);
		initrd = xasprintf("%s/guest/initrd.img", p->options->data_dir);
		add_testplan(p);
		return add_kernel(p, kernel, initrd, "console=ttyS0 quiet",
		        _("it belongs to Playthrough: build it with make, or install it again"),
		        err);
	}
	if (profile->kernel)
		return add_kernel(p, profile->kernel, profile->initrd, profile->cmdline,
		        _("check kernel= and initrd= in [boot] of the profile"), err);
	return 0;
}

int plan_args(const struct planning *p, struct err *err)
{
	strv_add(&p->plan->args, p->options->qemu);
	plan_display(p);
	add_machine(p);
	add_control(p);
	add_report(p);
	args_agent(p, has_report(p));
	args_guards(p);
	add_usb(p);
	add_display(p);
	args_inputs(p);
	args_glass(p);
	args_console(p);
	args_sound(p);
	args_network(p);
	args_buses(p);
	add_cards(p);
	args_disks(p);
	args_firmware(p);
	args_bars(p);
	args_tpm(p);
	args_smbios(p);
	return add_boot(p, err);
}
