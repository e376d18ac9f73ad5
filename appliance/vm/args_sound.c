/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emulated sound card. QEMU has its samples taken over the D-Bus connection of the display, so that it needs neither a
 * sound server nor a right to one; where the guest has no emulated screen the connection is there for the sound alone.
 */
#include "vm/plan_parts.h"

#define CARD  "id=sound"
#define CODEC "id=sound-codec"
#define USED  "audiodev=sound"

/* All that comes and goes has this form, which SPICE and the wire to the seat have as well (bus/sound_wire.h). */
#define FORM(way) \
	way ".frequency=48000," way ".format=s16," way ".channels=2," way ".fixed-settings=on"

/* What is passed has sound of its own: a graphics card at the screen that is plugged into it. */
static bool passes_sound(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_pci; i++)
		if (profile->pci[i].kind == PROFILE_PCI_GPU ||
		        profile->pci[i].kind == PROFILE_PCI_AUDIO)
			return true;
	return false;
}

enum profile_sound vm_plan_sound(const struct profile *profile)
{
	if (profile->sound != PROFILE_SOUND_AUTO)
		return profile->sound;
	return passes_sound(profile) ? PROFILE_SOUND_NONE : PROFILE_SOUND_HDA;
}

/* Nobody sees it until somebody is handed a connection by QMP (vm_display.c). */
void args_display(const struct planning *p)
{
	struct vm_plan *plan = p->plan;

	plan->sound = p->options->test_drive ? PROFILE_SOUND_NONE : vm_plan_sound(p->profile);
	if (plan->sound != PROFILE_SOUND_NONE) {
		args_option(
		        &plan->args, "-audiodev", "dbus,id=sound,%s,%s", FORM("out"), FORM("in"));
		args_option(&plan->args, "-display", "dbus,p2p=yes," USED);
		return;
	}
	args_option(&plan->args, "-display", plan->display_path ? "dbus,p2p=yes" : "none");
}

void args_sound(const struct planning *p)
{
	struct strv *args = &p->plan->args;

	if (p->plan->sound != PROFILE_SOUND_HDA)
		return;
	args_option(args, "-device", "ich9-intel-hda," CARD ",bus=pcie.0,addr=%02x.0", SLOT_SOUND);
	args_option(args, "-device", "%s," CODEC ",bus=sound.0," USED,
	        p->profile->microphone ? "hda-micro" : "hda-output");
}

/* --- without it --- */

static bool is_sound(const char *flag, const char *value)
{
	return streq(flag, "-audiodev") ||
	       (streq(flag, "-device") &&
	               (strstr(value, "," CARD ",") || strstr(value, "," CODEC ",")));
}

static void remove_pair(struct strv *args, size_t at)
{
	free(args->list[at]);
	free(args->list[at + 1]);
	/* The list ends with a NULL, which moves along. */
	memmove(args->list + at, args->list + at + 2, (args->n - at - 1) * sizeof(*args->list));
	args->n -= 2;
}

void vm_plan_without_sound(struct vm_plan *plan)
{
	struct strv *args = &plan->args;

	if (plan->sound == PROFILE_SOUND_NONE)
		return;
	plan->sound = PROFILE_SOUND_NONE;
	for (size_t i = 1; i + 1 < args->n;) {
		if (streq(args->list[i], "-display")) {
			free(args->list[i + 1]);
			args->list[i + 1] = xstrdup(plan->display_path ? "dbus,p2p=yes" : "none");
		}
		if (is_sound(args->list[i], args->list[i + 1]))
			remove_pair(args, i);
		else
			i++;
	}
}
