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
#include "model/discs.h"
#include "model/drive.h"
#include "model/rights.h"
#include "model/pc.h"
#include "model/plan.h"
#include "model/profiles.h"
#include "model/remote.h"
#include "model/setup_state.h"

#define MODEL_TEXT_MOST   400u
#define MODEL_VMS_MOST    4096u
#define MODEL_USB_MOST    1024u
#define MODEL_STAGES_MOST 16u
#define MODEL_RULES_MOST  256u

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
	bool sound;       /* it has an emulated sound card */
	char *end_reason; /* of the last end, where it was none that somebody wanted */
	char *lost;       /* a device that did not come back */
	bool paused;      /* beside MODEL_RUNNING */
	bool asleep;      /* its guest, beside `paused`: to resume it wakes it */
	char *pause_reason, *pause_hint, *pause_code; /* where QEMU paused it by itself */
	int64_t since_s;                              /* wall clock, seconds; 0: not running */
	int64_t played_s; /* wall clock, of the last start that is known here; 0: never */
};

/* What one game uses of the PC, as it is shown: whole per cents, tenths of a GiB. */
struct model_usage {
	char *vm;                   /* "": nothing is known */
	uint64_t cpu_usec, at_usec; /* at the last look */
	bool measured;              /* there were two looks */
	unsigned percent;           /* of its processors */
	unsigned memory_tenths;     /* 0: not known */
	char *reach;                /* how it is reached from elsewhere, one line; "": it is not */
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
	char *sysname, *port, *id, *serial, *vm;
	char *name; /* never "" where the daemon names it at all */
	char *kind; /* "gamepad", "wheel"...; a later daemon has more */
	char *uses; /* what this PC does with it: sentences, "; " between */
	bool hub;
	uint64_t seen_ms; /* when it was plugged in; 0: it was there before us */
};

struct model_socket {
	char *port;
	bool hidden; /* wired inside the case, or leads nowhere */
	bool taken;
};

struct model_controller {
	char *address, *name;
};

/* How a rule names what it is about, the closest first. */
enum model_by { MODEL_BY_SERIAL, MODEL_BY_DEVICE, MODEL_BY_PORT, MODEL_BY_HUB, MODEL_BY_COUNT };

struct model_usb_rule {
	char *vm, *section;
	char *value;      /* what it names */
	enum model_by by; /* MODEL_BY_COUNT: a word of a later daemon */
	bool ignored;     /* taken back by hand: counts again when it is plugged in anew */
};

/* Whose a device is. */
struct model_usb_why {
	char *sysname, *owner;        /* @owner: the game that the rules give it to now */
	char *refused, *refused_code; /* why no game may have it */
	struct model_usb_rule *rules; /* the strongest first */
	size_t n_rules;
};

/* The sockets in the order of the PC, hubs with what is behind them. Strings are borrowed from the model. */
struct model_usb_row {
	enum { MODEL_ROW_CONTROLLER, MODEL_ROW_HUB, MODEL_ROW_DEVICE, MODEL_ROW_EMPTY } kind;
	const char *port; /* of a controller: of the row below it */
	unsigned depth;   /* 1: a socket of the PC itself */
	const struct model_usb *device;
	const char *name; /* of a controller */
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
	struct model_usb *usb; /* by port */
	size_t n_usb;
	struct model_socket *sockets;
	size_t n_sockets;
	struct model_controller *controllers;
	size_t n_controllers;
	struct model_usb_why *whys;
	size_t n_whys;
	struct model_usb_row *rows; /* made of those above */
	size_t n_rows;
	struct played {
		char *name;
		int64_t when_s;
	} * played;
	size_t n_played;
	struct model_usage usage;
	struct pc pc;     /* by another service than the rest */
	struct plan plan; /* by that one, too */
	struct setup_state setup;
	struct profiles profiles;
	struct remote remote;
	struct rights rights;
	struct drive drive; /* the last test drive that told something */
	struct discs discs;
	unsigned version; /* changes with every change */
};

void model_init(struct model *model);
void model_finish(struct model *model);

void model_link_up(struct model *model);
void model_link_away(struct model *model, const struct err *why);

/* From ListVMs, UsbList, UsbPorts and UsbWhy. On garbage -EBADMSG with @err, and nothing changes. */
int model_set_vms(struct model *model, const char *json, struct err *err);
int model_set_usb(struct model *model, const char *json, uint64_t now_ms, struct err *err);
int model_set_usb_ports(struct model *model, const char *json, struct err *err);
int model_set_usb_why(struct model *model, const char *json, struct err *err);
/* What UsbAssign and UsbUnassign say a person should know, "; " between; "": nothing. Caller frees. */
char *model_notes(const char *json);
/* From Status, looked at again and again; true: what is shown is another. Garbage is nothing known. */
bool model_set_usage(struct model *model, const char *vm, const char *json);
void model_forget_usage(struct model *model);
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
/* How many devices the VMs have. */
size_t model_usb_given(const struct model *model);

extern const char *const model_by_words[MODEL_BY_COUNT]; /* the daemon's */
/* NULL: nothing is known. */
const struct model_usb_why *model_usb_why(const struct model *model, const char *sysname);
/* The rule by which @vm has or gets it; NULL: none. @why may be NULL. */
const struct model_usb_rule *model_usb_rule(const struct model_usb_why *why, const char *vm);
/* The rule that takes it to a game, now or once that runs; NULL: none. @why may be NULL. */
const struct model_usb_rule *model_usb_awaited(const struct model_usb_why *why);
/* What a row is called by: its device, or its port. */
const char *model_usb_key(const struct model_usb_row *row);
const struct model_usb_row *model_usb_row(const struct model *model, const char *key);
/* The hub right above a port; NULL: it is one of the PC's own. */
const struct model_usb_row *model_usb_hub_of(const struct model *model, const char *port);

/*
 * A whole model from one document: {"link": "up"|"connecting"|"away", "why": {"message", "hint", "code"},
 * "vms": as ListVMs, "usb": as UsbList, "ports": as UsbPorts, "whys": as UsbWhy, "new": [sysname],
 * "jobs": [{"path", "kind", "vm", "state", "stage", "percent", "error", "hint", "code", "at_ms"}],
 * "usage": {"vm", "percent", "memory_tenths", "reach"}, "played": {name: seconds}, "drive": {"vm", "result": of the job}, "rights": ["yes", "password", "no"], "pc": as check --json, or "pc_why": {"message", "hint", "code"}, "plan": as plan --json,
 * "plan_why": {"error", "hint", "code"}, "gpus" and "usbs": [address] it was asked with, "verify": as verify --json,
 * "restart": as CanReboot, "act": {"kind", "state", "stages": [[name, at_ms]], "percent", "error", "hint", "code",
 * "number", "plan"}, "offers": as ProfileOffers, "shown": as ProfileShow, "checked": as ProfileCheck, of the
 * text that is shown, "remote": as ConsoleStatus, "remote_why": {"error", "hint", "code"}, "remote_ticket": one that was
 * made, "discs": {"vm", "cdroms": as Status, "images": [path]}}. For pictures and tests.
 */
int model_load(struct model *model, const char *json, uint64_t now_ms, struct err *err);

#endif
