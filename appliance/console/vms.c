/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/vms.h"

#include "base/i18n.h"

struct console_vm *console_vms_find(const struct console_vms *vms, const char *name)
{
	struct console_vm *vm = vms->list;

	while (vm && !streq(vm->name, name))
		vm = vm->next;
	return vm;
}

struct console_vm *console_vms_of(const struct console_vms *vms, const struct source *source)
{
	struct console_vm *vm = vms->list;

	while (vm && vm->source != source)
		vm = vm->next;
	return vm;
}

static void unlink_vm(struct console_vms *vms, struct console_vm *vm)
{
	struct console_vm **at = &vms->list;

	while (*at != vm)
		at = &(*at)->next;
	*at = vm->next;
}

static void move_first(struct console_vms *vms, struct console_vm *vm)
{
	unlink_vm(vms, vm);
	vm->next = vms->list;
	vms->list = vm;
}

static void set_text(char **to, const char *text)
{
	free(*to);
	*to = xstrdup(text);
}

struct console_vm *console_vms_tell(
        struct console_vms *vms, const struct console_message *m, struct source **old)
{
	struct console_vm *vm = console_vms_find(vms, m->vm);
	bool began = !vm || vm->state == CONSOLE_VM_STOPPED;

	if (!vm) {
		vm = xcalloc(1, sizeof(*vm));
		vm->name = xstrdup(m->vm);
		vm->next = vms->list;
		vms->list = vm;
	}
	if (began && m->state != CONSOLE_VM_STOPPED)
		move_first(vms, vm);
	vm->state = (enum console_vm_state)m->state;
	vm->display = m->display;
	vm->stale = false;
	set_text(&vm->title, m->title[0] ? m->title : m->vm);
	set_text(&vm->why, m->why);
	*old = NULL;
	/* While it ends, its last pictures are still worth seeing. */
	if (vm->state == CONSOLE_VM_STOPPED || vm->display)
		*old = take_ptr(vm->source);
	return vm;
}

void console_vms_set_stale(struct console_vms *vms)
{
	for (struct console_vm *vm = vms->list; vm; vm = vm->next)
		vm->stale = true;
}

struct console_vm *console_vms_take_stale(struct console_vms *vms)
{
	for (struct console_vm *vm = vms->list; vm; vm = vm->next) {
		if (!vm->stale)
			continue;
		unlink_vm(vms, vm);
		return vm;
	}
	return NULL;
}

void console_vm_free(struct console_vm *vm)
{
	free(vm->name);
	free(vm->title);
	free(vm->why);
	free(vm);
}

/* --- what is seen --- */

static bool has_picture(const struct source *source)
{
	return source && source->picture.pixels;
}

static bool is_fresh(const struct console_vm *vm, uint64_t now_us)
{
	return vm->source && !vm->source->blind && !has_picture(vm->source) &&
	       now_us < vm->since_us + CONSOLE_PATIENCE_US;
}

struct source *console_choose(const struct console_vms *vms, const struct console_choice *choice)
{
	const struct console_vm *wanted =
	        choice->wanted ? console_vms_find(vms, choice->wanted) : NULL;

	if (choice->wants_front && has_picture(choice->front))
		return choice->front;
	if (wanted && has_picture(wanted->source))
		return wanted->source;
	for (const struct console_vm *vm = vms->list; vm; vm = vm->next) {
		if (is_fresh(vm, choice->now_us))
			return NULL;
		if (has_picture(vm->source))
			return vm->source;
	}
	/* A game on a card of its own is seen there; here one may want to act on it. */
	return has_picture(choice->front) ? choice->front : choice->card;
}

struct source *console_choose_sound(
        const struct console_vms *vms, struct source *shown, struct source *heard)
{
	if (shown && console_vms_of(vms, shown))
		return shown;
	if (heard && console_vms_of(vms, heard))
		return heard;
	for (const struct console_vm *vm = vms->list; vm; vm = vm->next)
		if (vm->source)
			return vm->source;
	return NULL;
}

/* --- the card --- */

static char *words_of(const struct console_vm *vm)
{
	switch (vm->state) {
	case CONSOLE_VM_STARTING:
		return xstrdup(_("It is starting."));
	case CONSOLE_VM_STOPPING:
		return xstrdup(_("It is shutting down."));
	case CONSOLE_VM_RUNNING:
		if (vm->display && !(vm->source && vm->source->blind))
			return xstrdup(_("It runs, and shows nothing at the moment."));
		return xstrdup(_("It runs without an emulated screen: what it shows is on the "
		                 "screen that is plugged into its own graphics card.\n\n"
		                 "To see it here too, write type=virtio in [display] of its "
		                 "profile, and start it anew."));
	case CONSOLE_VM_STOPPED:
		break;
	}
	return xstrdup("");
}

static const struct console_vm *first_running(const struct console_vms *vms)
{
	const struct console_vm *vm = vms->list;

	while (vm && vm->state == CONSOLE_VM_STOPPED)
		vm = vm->next;
	return vm;
}

void console_words(
        const struct console_vms *vms, bool daemon, bool session, char **heading, char **text)
{
	const char *option = session ? "--session " : "";
	const struct console_vm *vm = first_running(vms), *last = vms->list;

	if (vm) {
		*heading = xstrdup(vm->title);
		*text = words_of(vm);
	} else if (!daemon) {
		*heading = xstrdup(_("Playthrough does not run"));
		*text = xasprintf(_("Nobody answers at that PC. Start it there: %s"),
		        session ? "playthrough --session list" : "systemctl start playthroughd");
	} else if (last && last->why[0]) {
		*heading = xasprintf(_("%s has ended"), last->title);
		*text = xasprintf(
		        _("%s\n\nStart one: playthrough %sstart NAME"), last->why, option);
	} else {
		*heading = xstrdup(_("No game is running"));
		*text = xasprintf(_("Start one: playthrough %sstart NAME"), option);
	}
}
