/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli_export.h"
#include "cli_export_unit.h"

#include "base/i18n.h"
#include "vm/plan/usb_options.h"

/* What the unit says of a profile, by the plan's arguments or by a line of its own; the rest is noted. */
static const char *const carried[] = {"vm title", "vm guest", "vm guest-agent", "vm watchdog",
        "vm crash", "cpu count", "cpu model", "cpu features", "cpu hide-hypervisor", "cpu accel",
        "memory size", "memory numa", "boot firmware", "boot secure-boot", "boot tpm",
        "boot kernel", "boot initrd", "boot cmdline", "smbios manufacturer", "smbios product",
        "smbios version", "smbios serial", "smbios sku", "smbios family", "display type",
        "looking-glass resolution", "looking-glass hdr", "looking-glass memory", "network type",
        "network forward", "network link", "network mac", "network model", "network vhost",
        "gpu address", "audio address", "usb-controller address", "pci address", "gpu id",
        "audio id", "usb-controller id", "pci id", "gpu path", "audio path", "usb-controller path",
        "pci path", "gpu romfile", "audio romfile", "usb-controller romfile", "pci romfile",
        "gpu rombar", "audio rombar", "usb-controller rombar", "pci rombar", "pci boot",
        "gpu primary", "disk device", "disk image", "disk format", "disk backing", "disk serial",
        "disk passphrase-file", "disk writable", "disk bus", "disk boot", "cdrom file",
        "cdrom boot", "usb id", "input device", "input grab-toggle", "input repeat", NULL};

/* --- paths in place of descriptors --- */

static const char *socket_name(enum vm_fd_kind kind)
{
	switch (kind) {
	case VM_FD_QMP:
		return "qmp";
	case VM_FD_REPORT:
		return "report";
	case VM_FD_AGENT:
		return "agent";
	case VM_FD_TPM:
		return "tpm";
	case VM_FD_SERIAL:
	case VM_FD_DISK:
	case VM_FD_IMAGE:
	case VM_FD_INPUT:
	case VM_FD_GLASS:
	case VM_FD_BACKING:
	case VM_FD_SECRET:
	case VM_FD_URL_SECRET:
	case VM_FD_CDROM:
	case VM_FD_TAP:
	case VM_FD_VHOST:
	case VM_FD_PASST:
		break;
	}
	return NULL;
}

static char *variables_of(const struct unit *u)
{
	return xasprintf("/var/lib/%s/OVMF_VARS.fd", u->name);
}

/* Where QEMU finds what descriptor @number would be; caller frees. */
static char *path_of(const struct unit *u, unsigned number)
{
	size_t i = number - VM_FD_FIRST;
	const struct vm_fd *fd = i < u->plan->n_fds ? &u->plan->fds[i] : NULL;

	if (!fd)
		return xstrdup("/dev/null");
	if (fd->kind == VM_FD_SERIAL)
		return xasprintf("/var/log/%s/serial.log", u->name);
	if (fd->kind == VM_FD_DISK)
		return xstrdup(u->plan->disks[fd->index].device);
	if (fd->kind == VM_FD_INPUT)
		return xstrdup(u->plan->inputs[fd->index].device);
	if (fd->kind == VM_FD_GLASS)
		return xstrdup(u->plan->glass);
	if (fd->from)
		return variables_of(u);
	if (socket_name(fd->kind))
		return xasprintf("/run/%s/%s.sock", u->name, socket_name(fd->kind));
	return xstrdup(fd->path ? fd->path : "/dev/null");
}

/* @value with the path of the descriptor that is written after @mark, and @put before it. Takes @value; caller frees. */
static char *with_path(const struct unit *u, char *value, const char *mark, const char *put)
{
	char *at = strstr(value, mark), *end = NULL, *done;
	cleanup_free char *path = NULL, *escaped = NULL;
	unsigned long number;

	if (!at)
		return value;
	number = strtoul(at + strlen(mark), &end, 10);
	path = path_of(u, (unsigned)number);
	escaped = xcalloc(2 * strlen(path) + 1, 1);
	for (char *from = path, *to = escaped; *from; from++) {
		*to++ = *from;
		if (*from == ',')
			*to++ = ',';
	}
	done = xasprintf("%.*s%s%s%s", (int)(at - value), value, put, escaped, end);
	free(value);
	return done;
}

/* --- the network --- */

static bool is_on_bridge(const struct vm_claim_net *net)
{
	return (net->type == PROFILE_NETWORK_BRIDGE && !net->own_bridge) ||
	       net->type == PROFILE_NETWORK_OVS;
}

static void add_tap(struct unit *u, const struct vm_claim_net *net)
{
	const char *many = net->queues > 1 ? " multi_queue" : "";

	strv_addf(&u->before, "/usr/sbin/ip tuntap add dev %s mode tap vnet_hdr%s", net->tap, many);
	if (net->type == PROFILE_NETWORK_OVS && net->vlan)
		strv_addf(&u->before, "/usr/bin/ovs-vsctl --may-exist add-port %s %s tag=%u",
		        net->link, net->tap, net->vlan);
	else if (net->type == PROFILE_NETWORK_OVS)
		strv_addf(&u->before, "/usr/bin/ovs-vsctl --may-exist add-port %s %s", net->link,
		        net->tap);
	else
		strv_addf(&u->before, "/usr/sbin/ip link set %s master %s", net->tap, net->link);
	if (net->type == PROFILE_NETWORK_BRIDGE && net->vlan)
		strv_addf(&u->before, "/usr/sbin/bridge vlan add dev %s vid %u pvid untagged",
		        net->tap, net->vlan);
	strv_addf(&u->before, "/usr/sbin/ip link set %s up", net->tap);
	if (net->type == PROFILE_NETWORK_OVS)
		strv_addf(&u->after, "-/usr/bin/ovs-vsctl --if-exists del-port %s", net->tap);
	strv_addf(&u->after, "-/usr/sbin/ip link del %s", net->tap);
}

/* The card whose -netdev this is. */
static const struct vm_claim_net *net_of(const struct vm_plan *plan, const char *netdev)
{
	for (size_t i = 0; i < plan->n_nets; i++) {
		cleanup_free char *id = vm_net_id(&plan->nets[i]);
		cleanup_free char *with = xasprintf(",id=%s,", id);
		cleanup_free char *value = xasprintf("%s,", netdev);

		if (strstr(value, with))
			return &plan->nets[i];
	}
	return NULL;
}

static char *netdev_of(struct unit *u, const char *value)
{
	const struct vm_claim_net *net = net_of(u->plan, value);
	cleanup_free char *id = net ? vm_net_id(net) : NULL;

	if (!net || (net->type == PROFILE_NETWORK_USER && !net->passt))
		return xstrdup(value);
	if (is_on_bridge(net)) {
		add_tap(u, net);
		return xasprintf("tap,id=%s,ifname=%s,script=no,downscript=no,queues=%u%s", id,
		        net->tap, net->queues, net->vhost ? ",vhost=on" : "");
	}
	if (net->passt)
		export_note_of(&u->e, EXPORT_CHANGED, "network", net->name, "backend",
		        _("it is slirp, which is within QEMU"));
	else
		export_note_of(&u->e, EXPORT_CHANGED, "network", net->name, "type",
		        _("it is user: a unit makes no such network"));
	return xasprintf("user,id=%s", id);
}

/* --- arguments --- */

static void add_value(struct unit *u, const char *flag, const char *value)
{
	char *text = streq(flag, "-netdev") ? netdev_of(u, value) : xstrdup(value);

	if (streq(flag, "-display") && starts_with(value, "dbus")) {
		free(text);
		text = xstrdup("none");
	}
	text = with_path(u, text, "/dev/fdset/", "");
	text = with_path(u, text, "/proc/self/fd/", "");
	if (streq(flag, "-chardev"))
		text = with_path(u, text, ",fd=", ",path=");
	strv_take(&u->args, text);
}

/* -S is for a daemon, that says when to go on. */
static void add_args(struct unit *u)
{
	const struct strv *args = &u->plan->args;

	strv_add(&u->args, args->list[0]);
	for (size_t i = 1; i < args->n; i++) {
		const char *flag = args->list[i];
		bool has_value = i + 1 < args->n && args->list[i + 1][0] != '-';

		if (streq(flag, "-S"))
			continue;
		if (streq(flag, "-add-fd")) {
			i += has_value;
			continue;
		}
		strv_add(&u->args, flag);
		if (has_value)
			add_value(u, flag, args->list[++i]);
	}
	if (u->plan->display_path) {
		strv_add(&u->args, "-vnc");
		strv_addf(&u->args, "unix:/run/%s/vnc.sock", u->name);
		export_note(&u->e, EXPORT_CHANGED, "display", "type",
		        _("the screen is reached by VNC on the socket /run/%s/vnc.sock"), u->name);
	}
}

/* QEMU itself takes it whenever it is plugged in. */
static void add_usb(struct unit *u)
{
	for (size_t i = 0; i < u->e.profile->n_usb; i++) {
		const struct profile_usb *usb = &u->e.profile->usb[i];

		if (usb->vendor < 0)
			continue;
		strv_add(&u->args, "-device");
		strv_addf(&u->args, "usb-host,vendorid=0x%04x,productid=0x%04x,bus=" VM_USB_BUS,
		        (unsigned)usb->vendor, (unsigned)usb->product);
	}
}

/* --- before and after --- */

/* What sits there is compared, then given to vfio-pci; afterwards to the driver that it would have by itself. */
static void add_function(struct unit *u, const struct vm_claim_pci *claim)
{
	const struct pci_addr_text a = pci_addr_format(claim->addr);

	strv_addf(&u->before,
	        "+/bin/sh -ec 'cd /sys/bus/pci/devices/%s; test \"$(cat vendor device | xargs)\" = "
	        "\"0x%04x 0x%04x\"; echo vfio-pci >driver_override; test ! -e driver || echo %s "
	        ">driver/unbind; echo %s >/sys/bus/pci/drivers_probe'",
	        a.s, claim->vendor, claim->device, a.s, a.s);
	strv_addf(&u->after,
	        "-+/bin/sh -ec 'cd /sys/bus/pci/devices/%s; echo >driver_override; echo %s "
	        ">driver/unbind; echo %s >/sys/bus/pci/drivers_probe'",
	        a.s, a.s, a.s);
}

static void add_firmware(struct unit *u)
{
	for (size_t i = 0; i < u->plan->n_fds; i++) {
		const struct vm_fd *fd = &u->plan->fds[i];
		cleanup_free char *to = variables_of(u);

		if (!fd->from)
			continue;
		strv_addf(&u->before, "/bin/cp --no-clobber %s %s", fd->from, to);
		export_note(&u->e, EXPORT_DO, "boot", "firmware",
		        _("its settings begin anew: to keep them, cp %s %s before the first start"),
		        fd->path, to);
	}
}

static void add_tpm(struct unit *u)
{
	if (!profile_wants_tpm(u->e.profile))
		return;
	strv_addf(&u->before, "/bin/mkdir -p -m 700 /var/lib/%s/tpm", u->name);
	strv_addf(&u->before,
	        TPM_PROGRAM " socket --tpm2 --tpmstate dir=/var/lib/%s/tpm --ctrl "
	                    "type=unixio,path=/run/%s/tpm.sock --terminate --daemon",
	        u->name, u->name);
	export_note(&u->e, EXPORT_DO, "boot", "tpm",
	        _("it begins anew: BitLocker will ask for its recovery key, so have it at hand"));
}

static void add_acts(struct unit *u)
{
	if (u->plan->n_pci)
		strv_add(&u->before, "+/sbin/modprobe vfio-pci");
	for (size_t i = 0; i < u->plan->n_pci; i++)
		add_function(u, &u->plan->pci[i]);
	add_firmware(u);
	add_tpm(u);
	if (u->plan->page_bytes)
		export_note(&u->e, EXPORT_DO, "memory", "hugepages",
		        _("set %llu pages of %llu MiB aside before a start (hugepages= and "
		          "hugepagesz= of the kernel, or vm.nr_hugepages)"),
		        (unsigned long long)u->plan->pages_all,
		        (unsigned long long)(u->plan->page_bytes / EXPORT_MIB));
	if (u->plan->cpus.n)
		export_note(&u->e, EXPORT_CHANGED, "cpu", "pin",
		        _("all of it runs on the same processors of this PC, but none is kept for "
		          "one of the guest's"));
	if (u->e.profile->autostart)
		export_note(&u->e, EXPORT_DO, "vm", "autostart",
		        _("it is done by systemctl enable %s"), u->name);
}

void cli_export_systemd(
        const struct profile *profile, const struct vm_plan *plan, struct exported *out)
{
	static const struct export_facts none;
	struct unit u = {.e = {profile, &none, out},
	        .plan = plan,
	        .name = xasprintf("vm-%s", profile->name)};
	size_t size = 0;
	FILE *file;

	*out = (struct exported){0};
	file = open_memstream(&out->text, &size);
	if (!file)
		abort();
	add_args(&u);
	add_usb(&u);
	add_acts(&u);
	cli_unit_write(file, &u);
	if (fclose(file))
		abort();
	export_note_rest(&u.e, carried);
	strv_finish(&u.before);
	strv_finish(&u.after);
	strv_finish(&u.args);
	free(u.name);
}
