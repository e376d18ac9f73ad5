/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The emulated devices of a domain. What is not named is left to libvirt: controllers that nobody asks for, places. */
#include "base/i18n.h"
#include "move/export_libvirt.h"

#include <stdio.h>

#define USB_PORTS "15" /* of the controller for hot-plug */

static bool has_screen(const struct libvirt *l)
{
	return profile_display_card(l->e.profile) != PROFILE_DISPLAY_NONE;
}

static void add_controllers(struct libvirt *l)
{
	xml_empty(&l->xml, "controller", "type", "usb", "model", "qemu-xhci", "ports", USB_PORTS,
	        NULL);
	xml_empty(&l->xml, "controller", "type", "pci", "index", "0", "model", "pcie-root", NULL);
	/* Each passed card has the bus of its number: see libvirt_passed(). */
	for (unsigned i = 0; i < export_cards(l->e.profile); i++)
		xml_empty(&l->xml, "controller", "type", "pci", "index", xml_decimal(i + 1).s,
		        "model", "pcie-root-port", NULL);
}

/* --- ways to talk --- */

static void add_channels(struct libvirt *l)
{
	xml_empty(&l->xml, "serial", "type", "pty", NULL);
	if (l->e.profile->guest_agent) {
		xml_open(&l->xml, "channel", "type", "unix", NULL);
		xml_empty(&l->xml, "target", "type", "virtio", "name", "org.qemu.guest_agent.0",
		        NULL);
		xml_close(&l->xml);
	}
	if (!has_screen(l))
		return;
	xml_open(&l->xml, "channel", "type", "spicevmc", NULL);
	xml_empty(&l->xml, "target", "type", "virtio", "name", "com.redhat.spice.0", NULL);
	xml_close(&l->xml);
	for (unsigned i = 0; i < l->e.profile->usb_channels; i++)
		xml_empty(&l->xml, "redirdev", "bus", "usb", "type", "spicevmc", NULL);
}

static void add_tpm(struct libvirt *l)
{
	if (!profile_wants_tpm(l->e.profile))
		return;
	xml_open(&l->xml, "tpm", "model", "tpm-crb", NULL);
	xml_empty(&l->xml, "backend", "type", "emulator", "version", "2.0", NULL);
	xml_close(&l->xml);
}

/* --- screen, sound, keyboards --- */

static void add_graphics(struct libvirt *l)
{
	xml_open(&l->xml, "graphics", "type", "spice", "autoport", "yes", "listen", "127.0.0.1",
	        NULL);
	if (!l->e.profile->clipboard)
		xml_empty(&l->xml, "clipboard", "copypaste", "no", NULL);
	xml_close(&l->xml);
	export_note(&l->e, EXPORT_CHANGED, "display", "type",
	        _("the screen is reached by SPICE on 127.0.0.1, in place of the console"));
}

static const char *video_model(enum profile_display card)
{
	switch (card) {
	case PROFILE_DISPLAY_STD:
		return "vga";
	case PROFILE_DISPLAY_VIRTIO:
		return "virtio";
	case PROFILE_DISPLAY_AUTO:
	case PROFILE_DISPLAY_NONE:
		break;
	}
	return "none";
}

static void add_video(struct libvirt *l)
{
	xml_open(&l->xml, "video", NULL);
	xml_empty(&l->xml, "model", "type", video_model(profile_display_card(l->e.profile)), NULL);
	xml_close(&l->xml);
}

static void add_screen(struct libvirt *l)
{
	const char *bus = profile_is_windows(l->e.profile) ? "usb" : "virtio";

	if (has_screen(l)) {
		xml_empty(&l->xml, "input", "type", "keyboard", "bus", bus, NULL);
		xml_empty(&l->xml, "input", "type", "tablet", "bus", bus, NULL);
		add_graphics(l);
	}
	add_video(l);
}

static void add_sound(struct libvirt *l)
{
	if (profile_sound_card(l->e.profile) == PROFILE_SOUND_NONE)
		return;
	xml_empty(&l->xml, "audio", "id", "1", "type", has_screen(l) ? "spice" : "none", NULL);
	xml_open(&l->xml, "sound", "model", "ich9", NULL);
	xml_empty(&l->xml, "codec", "type", l->e.profile->microphone ? "micro" : "output", NULL);
	xml_empty(&l->xml, "audio", "id", "1", NULL);
	xml_close(&l->xml);
}

/* The first keyboard gives all of them. */
static void add_inputs(struct libvirt *l)
{
	bool first = true;

	for (size_t i = 0; i < l->e.profile->n_inputs; i++) {
		const struct profile_input *input = &l->e.profile->inputs[i];
		bool mouse = export_is_mouse(input), all = !mouse && first;

		first &= mouse;
		xml_open(&l->xml, "input", "type", "evdev", NULL);
		xml_empty(&l->xml, "source", "dev", input->device, "grab", all ? "all" : NULL,
		        "grabToggle", export_toggle(input->toggle), "repeat",
		        input->repeat ? "on" : "off", NULL);
		xml_close(&l->xml);
	}
}

static void add_glass(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;
	cleanup_free char *name = xasprintf("looking-glass-%s", profile->name);
	cleanup_free char *file = xasprintf("/dev/shm/%s", name);

	if (!profile->glass_resolution)
		return;
	xml_open(&l->xml, "shmem", "name", name, NULL);
	xml_empty(&l->xml, "model", "type", "ivshmem-plain", NULL);
	xml_put(&l->xml, "size", xml_decimal(profile_glass_bytes(profile) / EXPORT_MIB).s, "unit",
	        "M", NULL);
	xml_close(&l->xml);
	export_note(&l->e, EXPORT_CHANGED, "looking-glass", "resolution",
	        _("it is memory of %llu MiB, the file %s"),
	        (unsigned long long)(profile_glass_bytes(profile) / EXPORT_MIB), file);
}

/* --- guards --- */

static void add_guards(struct libvirt *l)
{
	const struct profile *profile = l->e.profile;
	const char *action = export_watchdog(profile->watchdog);
	bool windows = profile_is_windows(profile);

	if (action)
		xml_empty(&l->xml, "watchdog", "model", "i6300esb", "action", action, NULL);
	/* hyperv is a feature of KVM's. Without such a device nothing comes of a crash: crash=run. */
	if (profile->crash != PROFILE_CRASH_RUN && (!windows || l->kvm))
		xml_empty(&l->xml, "panic", "model", windows ? "hyperv" : "isa", NULL);
	if (profile->crash == PROFILE_CRASH_RUN)
		export_note(&l->e, EXPORT_CHANGED, "vm", "crash",
		        _("there is no device by which the guest tells of a crash"));
}

void libvirt_devices(struct libvirt *l)
{
	libvirt_disks(l);
	add_controllers(l);
	libvirt_network(l);
	add_channels(l);
	add_screen(l);
	add_inputs(l);
	add_tpm(l);
	add_sound(l);
	libvirt_passed(l);
	add_glass(l);
	add_guards(l);
	xml_empty(&l->xml, "memballoon", "model", "none", NULL);
}
