/* SPDX-License-Identifier: GPL-2.0-or-later */
/* <os> and <sysinfo> of libvirt's domain XML: what starts the guest, and what its firmware says. */
#include "base/i18n.h"
#include "move/import_xml.h"

void take_os(struct draft *d, const xmlNode *node)
{
	if (xml_attr_is(node, "firmware", "efi"))
		d->uefi = true;
}

void take_os_type(struct draft *d, const xmlNode *node)
{
	cleanup_free char *arch = xml_attr(node, "arch"), *machine = xml_attr(node, "machine");
	cleanup_free char *kind = xml_text(node);

	if (arch && !streq(arch, "x86_64") && !streq(arch, "i686"))
		draft_lost(d, N_("VMs have a processor of the kind x86"));
	if (!streq(kind, "hvm"))
		draft_lost(d, N_("VMs are machines of QEMU and KVM"));
	if (machine)
		draft_left(d, WHY_PLACES);
}

void take_loader(struct draft *d, const xmlNode *node)
{
	cleanup_free char *text = xml_text(node);

	if (xml_attr_is(node, "type", "pflash") || strstr(text, "OVMF") || strstr(text, "ovmf"))
		d->uefi = true;
	if (xml_attr_is(node, "secure", "yes")) {
		d->secure_boot = true;
		draft_carried(d, "[boot] secure-boot=yes");
	}
	if (*text)
		draft_left(d, WHY_FIRMWARE);
}

void take_firmware_feature(struct draft *d, const xmlNode *node)
{
	if (!xml_attr_is(node, "name", "enrolled-keys") &&
	        !xml_attr_is(node, "name", "secure-boot"))
		return draft_lost(d, WHY_UNKNOWN);
	d->secure_boot = xml_attr_is(node, "enabled", "yes");
	draft_carried(d, d->secure_boot ? "[boot] secure-boot=yes" : "[boot] secure-boot=no");
}

void take_boot(struct draft *d, const xmlNode *node)
{
	if (xml_attr_is(node, "dev", "hd"))
		draft_carried(d, NULL);
	else
		draft_lost(d, N_("disks are booted from, in the order of boot="));
}

void take_direct(struct draft *d, const xmlNode *node)
{
	cleanup_free char *text = xml_text(node);

	draft_set(d, "boot", (const char *)node->name, text);
}

void take_entry(struct draft *d, const xmlNode *node)
{
	cleanup_free char *name = xml_attr(node, "name"), *text = xml_text(node);

	if (xml_attr_is(node->parent, "type", "fwcfg") || !name)
		draft_lost(d, WHY_NOTHING);
	else
		draft_smbios(d, name, text);
}

void take_smbios_mode(struct draft *d, const xmlNode *node)
{
	if (xml_attr_is(node, "mode", "host"))
		draft_lost(d, N_("what this PC's own firmware says is not handed on: write it into "
		                 "[smbios]"));
}
