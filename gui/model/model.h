/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the front end knows: plain data, changed only by the functions below, which take the daemon's JSON
 * and are pure. No window, no bus, no clock of its own: times are given, in milliseconds of a monotonic clock.
 *
 * All texts are harmless to show (bus/text.h) and at most MODEL_TEXT_MOST bytes, whatever the daemon, a
 * profile or a USB device says. Strings are never NULL: "" where there is nothing.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "base/err.h"
#include "model/pc.h"
#include "model/plan.h"

#define MODEL_TEXT_MOST   400u
#define MODEL_VMS_MOST    4096u
#define MODEL_USB_MOST    1024u
#define MODEL_STAGES_MOST 16u

enum model_link { MODEL_CONNECTING, MODEL_UP, MODEL_AWAY };

enum model_state {
	MODEL_STOPPED,
	MODEL_STARTING,
	MODEL_RUNNING,
	MODEL_STOPPING,
	MODEL_UNKNOWN /* a word of a later daemon */
};

struct model_vm {
	char *name, *title;
	char *error; /* why the profile is bad */
	enum model_state state;
	char *guest; /* "windows-11", "linux"... */
	unsigned cpus, gpus;
	uint64_t memory_bytes;
	char *end_reason; /* of the last end, where it was none that somebody wanted */
	char *lost;       /* a device that did not come back */
	int64_t since_s;  /* wall clock, seconds; 0: not running */
	int64_t played_s; /* wall clock, of the last start that is known here; 0: never */
};

enum model_job_state { MODEL_JOB_RUNNING, MODEL_JOB_DONE, MODEL_JOB_FAILED, MODEL_JOB_CANCELLED };

struct model_stage {
	char *name;
	uint64_t begin_ms;
};

struct model_job {
	char *path, *kind, *vm;
	enum model_job_state state;
	unsigned percent;
	char *message, *hint, *code; /* of a failed one */
	struct model_stage stages[MODEL_STAGES_MOST];
	size_t n_stages; /* those it went through; the last is the one it is in */
	uint64_t begin_ms, end_ms;
};

struct model_usb {
	char *sysname, *port, *id, *product, *serial, *vm;
	bool hub;
	uint64_t seen_ms; /* when it was plugged in; 0: it was there before us */
};

struct model {
	enum model_link link;
	char *why, *why_hint, *why_code; /* of MODEL_AWAY */
	bool listed;                     /* the VMs were told at least once */
	bool usb_listed;
	struct model_vm *vms; /* the last played first, then by title */
	size_t n_vms;
	struct model_job *jobs;
	size_t n_jobs;
	struct model_usb *usb;
	size_t n_usb;
	struct played {
		char *name;
		int64_t when_s;
	} * played;
	size_t n_played;
	struct pc pc;     /* by another service than the rest */
	struct plan plan; /* by that one, too */
	unsigned version; /* changes with every change */
};

void model_init(struct model *model);
void model_finish(struct model *model);

void model_link_up(struct model *model);
void model_link_away(struct model *model, const struct err *why);

/* From ListVMs and UsbList. On garbage -EBADMSG with @err, and nothing changes. */
int model_set_vms(struct model *model, const char *json, struct err *err);
int model_set_usb(struct model *model, const char *json, uint64_t now_ms, struct err *err);
void model_set_vm_state(struct model *model, const char *name, const char *state);

/* What a job is now. Strings are borrowed; those that are NULL count as "". */
struct model_job_facts {
	const char *path, *kind, *vm, *state, *stage;
	unsigned percent;
	const char *message, *hint, *code;
};
void model_set_job(struct model *model, const struct model_job_facts *facts, uint64_t now_ms);
/* The daemon knows nothing of it any more. */
void model_forget_job(struct model *model, const char *path);

/* When a game was last played: kept by the front end, as the daemon forgets it with a restart of the PC. */
void model_set_played(struct model *model, const char *name, int64_t when_s);

const struct model_vm *model_vm(const struct model *model, const char *name);
/* The newest job about this VM of one of the kinds "start", "stop", "usb"; NULL. */
const struct model_job *model_job(const struct model *model, const char *vm, const char *kind);
/* The device plugged in last since we look; NULL: none was. */
const struct model_usb *model_newest_usb(const struct model *model);
/* How many devices, hubs left out, @vm has; NULL: that no VM has. */
size_t model_usb_count(const struct model *model, const char *vm);

/*
 * A whole model from one document: {"link": "up"|"connecting"|"away", "why": {"message", "hint", "code"},
 * "vms": as ListVMs, "usb": as UsbList, "new": [sysname], "jobs": [{"path", "kind", "vm", "state", "stage",
 * "percent", "error", "hint", "code", "at_ms"}], "played": {name: seconds}, "pc": as check --json, or
 * "pc_why": {"message", "hint", "code"}, "plan": as plan --json}. For pictures and tests.
 */
int model_load(struct model *model, const char *json, uint64_t now_ms, struct err *err);

#endif
