/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan: facts about a PC and a person's wishes -> which devices early boot gives to vfio-pci, which
 * files that takes, and what the host loses by it.
 *
 * plan_make() is pure: everything it knows is in `struct host` and `struct boot`, taken before.
 */
#ifndef SETUP_PLAN_H
#define SETUP_PLAN_H

#include "edits.h"
#include "existing.h"
#include "loader.h"

#include "host/host.h"

#include <jansson.h>
#include <stdio.h>

#define PLAN_BIND_CONF "/etc/playthrough/bind.conf"

enum plan_role { PLAN_ROLE_GPU, PLAN_ROLE_USB, PLAN_ROLE_OTHER };

/* A device somebody named: by address, or by path where @path is not NULL. */
struct plan_wish {
	enum plan_role role;
	struct pci_addr addr;
	char *path;
	int vendor, device; /* what it must be; -1 any */
	char *from;         /* who wished it, for messages: "--gpu 01:00.0", "profile games: gpu" */
};

struct plan_wishes {
	struct plan_wish *list;
	size_t n;
	bool kept; /* nobody named any: these are the devices of the plan in force */
	bool none; /* none is to be set aside: the IOMMU alone, for a card that is handed over */
};

void plan_wishes_add(struct plan_wishes *wishes, enum plan_role role, struct pci_addr addr,
        const char *path, int vendor, int device, const char *from);
void plan_wishes_finish(struct plan_wishes *wishes);

/* How this PC boots, and what our files hold now. */
struct boot {
	const struct loader *loader;
	struct edits files; /* new_bytes: the template. Bind.conf, then the loader's */
	struct edits
	        entries; /* what the loader's refresh() will make of them, where that is known */
	void *program;   /* playthrough-bind, for the overlay */
	size_t program_size;
	struct strv notes;        /* what the loader has a plan say */
	struct strv instructions; /* what a person adds to the loader's menu, with @ARGUMENTS@ */
	struct existing existing; /* what was configured by hand before us */
	bool remembers;           /* the loader can try our entry once */
	char *remembers_why_not;
	const char *tpm; /* the file that has a disk unlocked by the TPM; NULL */
};

/* Fails with PT-BOOT-01 or PT-SETUP-16 where there is nothing we could set up. */
int boot_take(const struct root *root, struct boot *out, struct err *err);
void boot_finish(struct boot *boot);

struct plan_device {
	struct pci_addr addr;
	char *path;
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	uint32_t class_code;
	char *serial; /* NULL: none, or not readable */
	char *name;   /* for people */
	char *driver; /* now; NULL none */
	int group;    /* -1 where the IOMMU is not on yet */
	enum plan_role role;
	char *reason;       /* why it goes along: "--gpu 01:00.0", "same card as 0000:01:00.0" */
	struct strv losses; /* all that goes with it: host_loses() */
};

struct plan {
	char id[9];                  /* 8 hex digits over all that decides what the entry does */
	char *arguments;             /* appended to the kernel command line, the token first */
	struct plan_device *devices; /* by address */
	size_t n_devices;
	struct edits edits;
	struct edits entries; /* made by the loader's refresh(), not written by us: to be shown */
	struct strv notes;    /* sentences */
	struct strv ways; /* into the host that remain (way_in.h); planned_make() fills them in */
};

/* Fails with a code: what was asked, what was found, what to do. -ENOTUNIQ: a person must choose. */
int plan_make(const struct host *host, const struct boot *boot, const struct plan_wishes *wishes,
        struct plan *out, struct err *err);
bool plan_changes(const struct plan *plan); /* any file differs from what the plan wants */
void plan_finish(struct plan *plan);

/* The parts of plan_make(). Devices by address: fails as plan_make() does. */
int plan_choose(const struct host *host, const struct plan_wishes *wishes, struct plan *plan,
        struct err *err);
char *plan_bind_conf(const struct plan *plan);
/* @template with @ID@ and @ARGUMENTS@ filled in; caller frees. */
char *plan_fill(const char *template, const struct plan *plan);

/* What bind.conf's text names, as wishes (path, id); "" or text of another kind: none. */
void plan_read_bind_conf(const char *text, struct plan_wishes *out);

/* For people, and schema 1 of `plan --json`. @in_force: the journal says this very plan is applied. */
void plan_print(const struct plan *plan, const struct boot *boot, bool in_force, FILE *out);
json_t *plan_json(const struct plan *plan, const struct boot *boot, bool in_force);

#endif
