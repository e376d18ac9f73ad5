/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands apply, undo and verify do to a PC, done to a tree of files: the devices are those of setup_pc.h,
 * everything else is read from the tree.
 *
 *   drive TREE apply [usb]    the game card, with usb its controller too; the plan's id is printed
 *   drive TREE undo
 *   drive TREE keep           as verify does when all is well
 *   drive TREE renew          as the system has it done when a kernel came or went
 *   drive / folders           where the product looks for what is installed with it: DATADIR, LIBEXECDIR
 *
 * Ends with 0, or 1 after printing the error's code and words.
 */
#include "host-setup/undo.h"

#include "base/i18n.h"

#include "unit/setup_pc.h"

#include <errno.h>
#include <stdio.h>

#define KERNEL "6.1.0-18-amd64"

struct drive {
	struct root root;
	struct pc pc;
	struct plan_wishes wishes;
	struct boot boot;
	struct plan plan;
};

static int take_plan(struct drive *d, struct err *err)
{
	int r = boot_take(&d->root, &d->boot, err);

	return r < 0 ? r : plan_make(&d->pc.host, &d->boot, &d->wishes, &d->plan, err);
}

static int apply_planned(struct drive *d, struct err *err)
{
	struct journal journal;
	bool in_force;
	int r = journal_load(&d->root, &journal, err);

	if (r < 0)
		return r;
	in_force = apply_in_force(&d->root, &journal, &d->plan, &d->boot);
	journal_finish(&journal);
	r = in_force ? 0 : apply_run(&d->root, &d->plan, &d->boot, NULL, err);
	if (r == 0)
		printf("%s\n", d->plan.id);
	return r;
}

static int drive_apply(struct drive *d, struct err *err)
{
	bool recovered;
	int r = apply_recover(&d->root, &recovered, err);

	if (r == 0)
		r = take_plan(d, err);
	return r < 0 ? r : apply_planned(d, err);
}

static int drive_undo(struct drive *d, struct err *err)
{
	struct journal journal;
	int r = journal_load(&d->root, &journal, err);

	if (r == 0 && journal.state != JOURNAL_NONE)
		r = undo_run(&d->root, &journal, NULL, err);
	journal_finish(&journal);
	return r;
}

static int drive_keep(struct drive *d, struct err *err)
{
	struct journal journal;
	int r = take_plan(d, err);

	if (r < 0)
		return r;
	r = journal_load(&d->root, &journal, err);
	if (r == 0)
		r = d->boot.loader->keep(&d->root, journal.id, KERNEL, err);
	journal_finish(&journal);
	return r;
}

static int drive_renew(struct drive *d, struct err *err)
{
	struct journal journal;
	const struct loader *loader;
	int r = journal_load(&d->root, &journal, err);

	if (r < 0)
		return r;
	loader = journal_loader(&d->root, &journal, err);
	r = loader ? loader->refresh(&d->root, err) : -ENOTSUP;
	if (r == 0 && loader->try_new)
		r = loader->try_new(&d->root, err);
	journal_finish(&journal);
	return r;
}

static int drive(struct drive *d, const char *verb, struct err *err)
{
	int lock = journal_lock(&d->root, err), r;

	if (lock < 0)
		return lock;
	if (streq(verb, "apply"))
		r = drive_apply(d, err);
	else if (streq(verb, "undo"))
		r = drive_undo(d, err);
	else if (streq(verb, "keep"))
		r = drive_keep(d, err);
	else if (streq(verb, "renew"))
		r = drive_renew(d, err);
	else
		r = err_set(err, -EINVAL, "%s: no such act", verb);
	journal_unlock(&d->root, lock);
	return r;
}

static void wish(struct drive *d, bool usb)
{
	struct pci_addr gpu = pc_device(&d->pc, PC_GPU)->addr;
	struct pci_addr controller = pc_device(&d->pc, PC_USB)->addr;

	plan_wishes_add(&d->wishes, PLAN_ROLE_GPU, gpu, NULL, -1, -1, "--gpu");
	if (usb)
		plan_wishes_add(&d->wishes, PLAN_ROLE_USB, controller, NULL, -1, -1, "--usb");
}

int main(int argc, char **argv)
{
	struct drive d = {0};
	struct err err = {0};
	int r;

	if (argc == 3 && streq(argv[2], "folders"))
		return printf("%s\n%s\n", DATADIR, LIBEXECDIR) < 0;
	if (argc < 3 || root_open(&d.root, argv[1], &err) < 0) {
		fprintf(stderr, "usage: drive TREE apply [usb]|undo|keep|renew\n");
		return 2;
	}
	pc_init(&d.pc);
	wish(&d, argc > 3 && streq(argv[3], "usb"));
	r = drive(&d, argv[2], &err);
	if (r < 0)
		fprintf(stderr, "%s: %s (%s)\n", err.code, err.message, err.hint);
	plan_finish(&d.plan);
	boot_finish(&d.boot);
	plan_wishes_finish(&d.wishes);
	pc_finish(&d.pc);
	root_close(&d.root);
	return r < 0;
}
