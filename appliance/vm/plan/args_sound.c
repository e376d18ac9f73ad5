/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emulated sound card. QEMU has its samples taken over the D-Bus connection of the display, so that it needs neither a
 * sound server nor a right to one; where the guest has no emulated screen the connection is there for the sound alone.
 */
#include "vm/plan/plan_parts.h"

#define CARD  "id=sound"
#define CODEC "id=sound-codec"
#define USED  "audiodev=sound"

#define DISPLAY       "dbus,p2p=yes"
#define DISPLAY_SOUND DISPLAY "," USED

/* All that comes and goes has this form, which SPICE and the wire to the seat have as well (bus/sound_wire.h). */
#define FORM(way) \
	way ".frequency=48000," way ".format=s16," way ".channels=2," way ".fixed-settings=on"

/* What is passed has sound of its own: a graphics card at the screen that is plugged into it. */
static bool passes_sound(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_pci; i++)
		if ((profile->pci[i].kind == PROFILE_PCI_GPU &&
		            !profile_pci_is_share(&profile->pci[i])) ||
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

	plan->sound = vm_plan_sound(p->profile);
	if (plan->sound != PROFILE_SOUND_NONE) {
		args_option(
		        &plan->args, "-audiodev", "dbus,id=sound,%s,%s", FORM("out"), FORM("in"));
		args_option(&plan->args, "-display", DISPLAY_SOUND);
		return;
	}
	args_option(&plan->args, "-display", plan->display_path ? DISPLAY : "none");
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
	return (streq(flag, "-audiodev") && starts_with(value, "dbus,id=sound,")) ||
	       (streq(flag, "-device") &&
	               (strstr(value, "," CARD ",") || strstr(value, "," CODEC ",")));
}

static void mute_display(const struct vm_plan *plan, char **value)
{
	free(*value);
	*value = xstrdup(plan->display_path ? DISPLAY : "none");
}

void vm_plan_without_sound(struct vm_plan *plan)
{
	struct strv *args = &plan->args;
	size_t to = 0;

	if (plan->sound == PROFILE_SOUND_NONE)
		return;
	plan->sound = PROFILE_SOUND_NONE;
	for (size_t i = 0; i < args->n; i++) {
		char **value = i + 1 < args->n ? &args->list[i + 1] : NULL;

		if (value && is_sound(args->list[i], *value)) {
			free(args->list[i++]);
			free(args->list[i]);
			continue;
		}
		if (value && streq(args->list[i], "-display") && streq(*value, DISPLAY_SOUND))
			mute_display(plan, value);
		args->list[to++] = args->list[i];
	}
	args->n = to;
	args->list[to] = NULL;
}
