/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of game VMs: start, supervise, hot-plug, stop, give everything back; and pick all of it up
 * again after the daemon was killed. Driven by sd-event in one thread; nothing here blocks.
 *
 * One `struct vms` is all VMs this daemon owns. It knows nothing of D-Bus objects: whoever shows them to
 * people listens through `struct vm_listener`.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include "base/err.h"
#include "base/strv.h"

#include <jansson.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

struct vms;
struct vm_job;

struct vm_env {
	sd_event *event;
	sd_bus *bus;          /* the system bus, for systemd; NULL in session mode */
	bool session;         /* without root: no passthrough, QEMU runs as this user */
	const char *run_dir;  /* /run/playthrough: sockets, serial logs, journal of what runs now */
	const char *data_dir; /* /usr/share/playthrough: the test guest */
	const char
	        *state_dir; /* firmware variables; NULL: /var/lib/playthrough, or the user's own */
	const char *libexec_dir; /* /usr/lib/playthrough: the launcher */
	const char *qemu;        /* path of qemu-system-x86_64 */
	const struct strv *profile_folders;
};

/* All called from the loop. The objects may be looked at during the call only. */
struct vm_listener {
	void (*vm_changed)(void *user, const char *name);
	void (*job_changed)(void *user, struct vm_job *job);
	void (*usb_changed)(void *user);
	void *user;
};

enum vm_state { VM_STOPPED, VM_STARTING, VM_RUNNING, VM_STOPPING };
const char *vm_state_name(enum vm_state state); /* "stopped", "starting", ... */

/*
 * Reads the journal, re-adopts each VM that still runs and gives back what ended VMs left behind.
 * Fails only where the run directory cannot be made or read. @env's strings must outlive it.
 */
int vms_create(const struct vm_env *env, const struct vm_listener *listener, struct vms **out,
        struct err *err);
/* Leaves running VMs alone: they are not ours to end. Takes NULL. */
void vms_destroy(struct vms *vms);
bool vms_idle(const struct vms *vms); /* no VM runs, no job is open */

/* What the caller wants of a start. */
struct vm_start_options {
	bool test_drive;
	bool keep; /* the test drive's VM runs on after its report, until somebody stops it */
	/*
	 * -1, or a file open for writing that gets a PNG of the emulated screen after the test drive's
	 * report. Owned by vms_start() from the call on, also when it refuses.
	 */
	int picture_fd;
	bool by_rule; /* restart-on-failure=, and no person: vm_recover.c */
};

/*
 * Long acts return a job at once, or NULL with an error when they are refused before anything was touched.
 * The job stays readable until its end was told (job_changed with a state other than VM_JOB_RUNNING), then
 * it is gone. A start ends when the guest runs; a test drive when its report is done and, unless
 * `keep`, everything was given back.
 */
struct vm_job *vms_start(
        struct vms *vms, const char *name, const struct vm_start_options *options, struct err *err);
/* The ladder: the guest's agent, ACPI power button, quit by QMP, SIGTERM and SIGKILL by systemd or pidfd; @force starts at quit. */
struct vm_job *vms_stop(struct vms *vms, const char *name, bool force, struct err *err);

/* What is to be done with an image file; NULL, -1 and false: not said. */
struct vm_image_options {
	const char *verb;      /* "create", "info", ...: the table of vm_image.c */
	const char *vm, *disk; /* a VM's disk; or else: */
	const char *file;
	const char *format;  /* of the file; NULL: found out */
	const char *backing; /* what it stands on, as of profile/backing.h */
	const char *target, *target_format, *size, *tag;
	const char *repair; /* "leaks", "all" */
	bool shrink, encrypt, incremental;
	int secret; /* a file in memory with the passphrase. Owned by vms_image() from the call on, also when it refuses */
};
/* A job with JSON as its result. */
struct vm_job *vms_image(struct vms *vms, const struct vm_image_options *options, struct err *err);

/*
 * Starts the VMs whose profiles want it (autostart=), once in a start of the PC: see vm_autostart.c. Not in a session.
 */
void vms_autostart(struct vms *vms);

/*
 * Its processors stand still, or go on; its devices stay its own, and what they do goes on. @reply is called once when this
 * returns 0, after QEMU has said in which state the VM is. What is so already is no error.
 */
int vms_pause(struct vms *vms, const char *name, bool pause,
        void (*reply)(void *user, const struct err *err), void *user, struct err *err);

/*
 * Its guest is asked by its agent to sleep (S3), so that its drivers expect devices which had no power. @reply is called once
 * when this returns 0: when it sleeps, which is no error where it did already, or with what hinders it, after 20 seconds at
 * the latest. What sleeps is woken by vms_pause() or vms_start().
 */
int vms_sleep(struct vms *vms, const char *name, void (*reply)(void *user, const struct err *err),
        void *user, struct err *err);

/*
 * A USB device (by sysname "1-2.3", "vendor:product" or port "0000:00:14.0/2.3") into the running VM / back
 * to the host. The job ends when QEMU has acknowledged.
 */
struct vm_job *vms_usb_attach(
        struct vms *vms, const char *name, const char *device, struct err *err);
struct vm_job *vms_usb_detach(
        struct vms *vms, const char *name, const char *device, struct err *err);

/* How a rule is made; see usb/assignment.h. */
struct usb_assign_options {
	const char *by; /* "device", "serial", "port", "hub", "controller"; NULL: device */
	const char *as; /* name of the section; NULL: made from the device's */
};

/*
 * A device, port or hub for a VM for good: a [usb] section in its profile (or a whole controller), written at once and in
 * force at once where the VM runs. {"vm", "changed", "file", "section", "keys", "notes"}; NULL with @err, and then
 * nothing was written. New reference.
 */
json_t *vms_usb_assign(struct vms *vms, const char *name, const char *device,
        const struct usb_assign_options *options, struct err *err);
/*
 * Takes the rules out that name this device, port or section: {"vm", "changed", "files", "sections", "notes"}. What they
 * gave to the VM that runs stays there until it is unplugged or detached.
 */
json_t *vms_usb_unassign(struct vms *vms, const char *name, const char *what, struct err *err);
/*
 * Why each device goes where it goes: [{"sysname", "owner", "refused", "rules": [{"vm", "section", "file", "rank", "by",
 * "value", "running", "ignored"}]}], the strongest rule first. Reads every profile.
 */
json_t *vms_usb_why_json(struct vms *vms);

/*
 * All USB devices of all VMs, those that are just being attached too, back to the host; no rule attaches them again
 * before they were unplugged. Returns how many are on their way; usb_changed tells of each.
 */
unsigned vms_usb_give_back_all(struct vms *vms);

/* What is to be in a drive for CDs of a running VM. */
struct vm_cdrom_act {
	const char *drive;
	int fd; /* a regular file, open for reading only (owned from the call on); -1: nothing */
	bool force; /* though the guest keeps it shut */
};
/* @reply is called once when this returns 0. */
int vms_cdrom(struct vms *vms, const char *name, const struct vm_cdrom_act *act,
        void (*reply)(void *user, const struct err *err), void *user, struct err *err);

/*
 * A picture of the VM's emulated screen (PNG) written by QEMU into @fd, a file open for writing (owned from the
 * call on). @reply is called once when this returns 0; a VM without an emulated display is an error there.
 */
int vms_screenshot(struct vms *vms, const char *name, int fd,
        void (*reply)(void *user, const struct err *err), void *user, struct err *err);

/* Presses keys of QEMU's names in the running VM together, "ctrl-alt-delete". @reply is called once when this returns 0. */
int vms_press(struct vms *vms, const char *name, const char *keys,
        void (*reply)(void *user, const struct err *err), void *user, struct err *err);

/*
 * A connection to the running VM's emulated display: org.qemu.Display1 over D-Bus, peer to peer, whose other end QEMU
 * has. It is the only one: QEMU drops the one that was given before. @reply is called once when this returns 0; @fd is then
 * the callee's (-1 with @err).
 */
int vms_display(struct vms *vms, const char *name,
        void (*reply)(void *user, int fd, const struct err *err), void *user, struct err *err);
/* Nobody has those connections any more: the guests' agents lose the ports that lead there. */
void vms_displays_ended(struct vms *vms);

enum vm_job_state { VM_JOB_RUNNING, VM_JOB_DONE, VM_JOB_FAILED, VM_JOB_CANCELLED };
struct vm_job_info {
	unsigned id;
	const char *kind; /* "start", "stop", "test-drive", "usb-attach", "usb-detach" */
	const char *vm;
	enum vm_job_state state;
	const char *
	        stage; /* untranslated: "check", "claim", "launch", "firmware", "guest", "release", ... */
	unsigned percent;      /* 0-100, never goes back */
	const struct err *err; /* of a failed job */
	json_t *result; /* test drive: {"nonce": .., "lines": [the guest's report lines]}; else NULL. Borrowed */
};
struct vm_job_info vm_job_info(const struct vm_job *job);
/* Undoes what was done so far; the job ends as cancelled. */
void vm_job_cancel(struct vm_job *job);

/*
 * Profiles offered, read, tried and written. The first three only look, and anybody may ask: their facts of this PC are
 * kept for some seconds, and they tell no more of its files than everybody may see.
 */
json_t *vms_profile_offers(struct vms *vms, struct err *err); /* vm/plan/offer.h */
json_t *vms_disk_list(struct vms *vms, struct err *err);      /* vm/plan/offer_disk.h */
/* {"name", "file", "own", "text", "files", "error"}; text null where it is hidden or no text. */
json_t *vms_profile_show(struct vms *vms, const char *name, struct err *err);
/*
 * @text as that profile: {"problems": [{"file", "line", "section", "key", "message", "hint", "code", "severity"}],
 * "summary", "notes"}. An "error" keeps it from being written; a "warning" from being started, as this PC is now.
 */
json_t *vms_profile_check(struct vms *vms, const char *name, const char *text, struct err *err);
/* See profile/store.h. The file's path; caller frees. A VM that runs is what it was until its next start. */
char *vms_profile_write(
        struct vms *vms, const char *name, const char *text, const char *expected, struct err *err);
/* Not while that VM runs. Where the profile lies now; caller frees. */
char *vms_profile_remove(struct vms *vms, const char *name, const char *expected, struct err *err);

/* JSON facts, new references. */
/*
 * [{"name","title","state","paused","pause_reason","pause_hint","pause_code","asleep","trouble","recovery","restarts","since","file","error","hardware","last_end"}] of
 * all profiles. pause_reason: why QEMU paused it by itself; trouble: what went wrong last in its guest. recovery: what is done
 * or was about one that died, restarts: how many starts by rule that took so far (vm_recover.c).
 */
json_t *vms_list_json(struct vms *vms);
json_t *vms_status_json(struct vms *vms, const char *name,
        struct
        err *err); /* that, pid, devices, usb; cpu_usec and memory_bytes used at at_usec, monotonic */
json_t *vms_usb_json(struct vms *vms);       /* vm/usb/json.h, a list of devices */
json_t *vms_usb_ports_json(struct vms *vms); /* vm/usb/json.h */
/*
 * Those two and vms_usb_why_json() for anybody who may ask as often as they like: the last answer, at most 0.2 s old, where
 * many were made just now. New reference.
 */
enum vms_usb_question { VMS_USB_LIST, VMS_USB_PORTS, VMS_USB_WHY, VMS_USB_QUESTIONS };
json_t *vms_usb_answer(struct vms *vms, enum vms_usb_question question);
/* What the VM said on its serial console, last 64 KiB; caller frees. NULL with error: unknown VM or no log. */
char *vms_log(struct vms *vms, const char *name, struct err *err);

#endif
