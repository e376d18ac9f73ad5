/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a VM's life share; nobody else includes it. */
#ifndef VM_VM_IMPL_H
#define VM_VM_IMPL_H

#include "host/host.h"
#include "profile/profile.h"
#include "vm/acts/acts.h"
#include "vm/acts/call.h"
#include "vm/guest_agent.h"
#include "vm/plan/isolation.h"
#include "vm/acts/launch.h"
#include "vm/acts/side.h"
#include "vm/plan/plan.h"
#include "vm/plan/recover.h"
#include "vm/qmp.h"
#include "vm/plan/report.h"
#include "vm/state.h"
#include "vm/usb/answers.h"
#include "vm/usb/follow.h"
#include "vm/usb/limit.h"
#include "vm/usb/pace.h"
#include "vm/usb/ways.h"
#include "vm/vm.h"

#define ACT_MS   10000u /* how long the kernel may take for one act on a device */
#define PAGES_MS 90000u /* and to move other memory out of the way of huge pages */

struct vm_job {
	struct vms *vms;
	struct vm_job *next; /* in struct vms's list */
	struct vm *vm;       /* NULL: it is about none, or one that never ran */
	char *name;          /* of that one; NULL where vm is there */
	unsigned id;
	const char *kind;
	enum vm_job_state state;
	const char *stage;
	unsigned percent;
	struct err err;
	json_t *result;
	void (*cancel)(struct vm_job *job); /* NULL: it cannot be */
	void *user;                         /* of whoever made it */
};

/* What a VM waits for while processors are kept or given back; see vm_isolation.c. */
enum vm_isolation_wait { ISOLATION_NO_WAIT, ISOLATION_BEFORE_RUN, ISOLATION_IN_RELEASE };

struct vm_isolation {
	enum vm_isolation_wait wait, over; /* over: what it has waited for */
	bool next; /* not for the round that goes on now, for the one after it */
	char *why; /* why no processor is kept, or what of it is not as it should be; NULL */
};

/* What a VM waits for to do with the kernel's pool of huge pages; see vm_pages.c. */
enum vm_pages_wait { PAGES_NO_WAIT, PAGES_TAKE, PAGES_RETURN, PAGES_FAILED };

struct vm_pages {
	enum vm_pages_wait wait; /* until it is done */
	bool turn, settled; /* its QEMU may not have taken yet what was counted for it; has it */
};

enum vm_rung { RUNG_NONE, RUNG_AGENT, RUNG_POWERDOWN, RUNG_QUIT, RUNG_KILL };

/* What exists only while a VM starts. */
struct vm_starting {
	struct vm_plan plan;
	int *fds; /* one for each of plan.fds, -1 until opened */
	int log;
	size_t step;   /* in the list that the current stage walks */
	size_t handed; /* acts of journal.hand that are done */
	size_t shared; /* of journal.shares, that are done with what is being done with all of them */
	struct profile *profile; /* while a plan must be made anew once shares are there; NULL */
	struct launch *launch;
	struct side *tpm, *passt[PROFILE_NETS_MOST]; /* while systemd starts them; NULL: none */
	uid_t uid; /* the VM's user, once the launcher has called */
};

/* Whether the VM's processors stand still; see vm_pause.c. */
struct vm_pause {
	bool on;
	unsigned asked;   /* how many `stop` of ours QEMU has not answered yet */
	struct err why;   /* what QEMU stopped it for by itself; number 0: a person wanted it */
	struct err fault; /* of a disk, told just before QEMU stops it */
};

/* The reading of its cards after a reset; see vm_reset.c. */
struct vm_reset {
	struct disposable *act;
	size_t next; /* of the journal's functions */
	bool again;
};

/* What is done about a VM that dies; see vm_recover.c. */
struct vm_recover {
	struct recover_series series;
	struct strv disks;      /* that were set back in this series */
	char *doing, *from;     /* the disk that is just now, and its image before; or NULL */
	sd_event_source *timer; /* until it is started; while it runs, until it is well */
	struct err told;        /* what is done or was; number 0: nothing */
	unsigned job;           /* of a disk that is being set back; 0: none */
	bool due, by_rule;      /* a start is to come; the one under way is one */
};

struct vm {
	struct vms *vms;
	struct vm *next; /* in struct vms's list */
	char *name;
	enum vm_state state;
	struct journal journal;
	struct vm_starting *starting;
	struct vm_job *start_job, *stop_job;
	struct qmp *qmp;
	char qemu_version[64]; /* of the last one; "": it did not say */
	struct report *report;
	int pidfd, picture; /* -1: none */
	sd_event_source *death, *timer, *soon, *logs, *trim;
	struct disposable *act;     /* the one act under way */
	struct disposable *monitor; /* the one beside it, on the monitor */
	struct disposable *inputs;  /* and on nodes that it has given back */
	bool inputs_asked;          /* QEMU has not told yet which of those it has let go of */
	size_t step;                /* of the release */
	size_t usb_steps;           /* the first of them, with those of what else is shared */
	enum vm_rung rung;          /* of the ladder down; RUNG_NONE while it shall live */
	enum vm_rung stop_rung;     /* where a stop that was asked for begins */
	unsigned kills;
	bool releasing;
	bool reported;            /* the test drive's report is complete */
	bool guest_off;           /* the guest switched itself off */
	struct err end;           /* why it ends or ended; number 0: as was asked */
	struct err lost;          /* a device that did not come home; number 0: none */
	uint64_t end_usec;        /* when the last one ended; 0: none did */
	struct usb_follow follow; /* USB devices that have just left it */
	bool usb_unsure;          /* what QEMU has of them is being asked */
	struct vm_pause pause;
	bool asleep;                      /* the guest, in S3 */
	struct vm_sleep_wish *sleep_wish; /* it is asked to sleep; NULL: it is not */
	struct guest_agent
	        *agent;     /* the way to one in the guest; NULL: there is none, or none any more */
	struct err trouble; /* the guest's last one; number 0: none is known */
	bool trouble_ends;  /* and QEMU ends for it */
	uint64_t trouble_usec; /* when one was told last, monotonic; 0: none was */
	struct vm_isolation isolation;
	struct vm_pages pages;
	struct vm_reset reset;
	json_t *cdroms; /* its drives, as QEMU has told last; NULL: it has not yet */
	struct vm_recover recover;
};

/* A device the host did not get back. Nobody gets it until it has its driver again or a power cycle. */
struct vm_quarantine {
	struct pci_addr addr;
	char *previous, *reason; /* to be told by told_now() */
	bool dead; /* not lifted by its driver: the reset killed it, or vfio-pci had it all the time */
};

struct usb_monitor;

#define VM_USB_COMMAND_MS 20000u

/* USB hot-plug for all VMs. */
struct vms_usb {
	struct usb_monitor *monitor; /* NULL: no udev here */
	struct vm_usb_act *acts;
	struct usb_pace pace;
	struct usb_limit limit;
	struct usb_answer answers[VMS_USB_QUESTIONS];
	sd_event_source *wake; /* exists only while an event or a storm waits for its time */
	sd_event_source *soon;
	bool waiting;        /* something could not be done before an act has ended */
	char *seen;          /* what was plugged in at the last look; NULL: there was none */
	unsigned command_ms; /* how long QEMU may take for an answer */
	/* For tests, which have neither time nor devices. NULL: the loop's clock; act_usb_open() */
	uint64_t (*now)(const struct vms *vms);
	int (*open)(const struct root *root, const struct act_usb *usb, int *fd, struct err *err);
	int (*take)(const struct root *root, const struct act_usb *usb, struct err *err);
};

struct vms_isolation {
	struct isolation changes;      /* what the journal says that was changed */
	struct isolation_call **calls; /* of systemd, while a round goes on */
	size_t n_calls, pending;
	struct disposable *act;
	sd_event_source *soon;
	struct err failed; /* the first failure of this round; number 0: none */
	bool busy, again;
};

struct vms {
	struct vm_env env;
	struct vm_listener listener;
	struct root root; /* "/" */
	char *launcher, *state_dir;
	struct vm *list;
	struct vm_job *jobs;
	unsigned last_job;
	int hold; /* of acts_hold(); -1: none */
	struct vm_quarantine *quarantine;
	size_t n_quarantine;
	struct journal left; /* its shares alone: see vm_share_left.c */
	struct vm_hands_off *hands_off;
	struct vms_usb usb;
	struct vms_isolation isolation;
	struct vm *pages_act; /* whose act on the pool of huge pages is under way; NULL: nobody's */
	struct usb_chord *chord;
	struct usb_leaving {
		unsigned busnum, devnum;
		bool asked; /* of QEMU; not while it is just on its way in */
	} * leaving;        /* everything is to come back: what has not yet */
	size_t n_leaving;
	sd_event_source *patience; /* with a QEMU that does not let go */
	struct usb_taking *taking; /* children that take one device each back by force */
	struct vm_image *images;   /* acts on image files that are under way; see vm_image.h */
	struct vm_facts *facts;    /* of vm_facts.c; NULL: none are kept */
	enum vms_display_known {
		VMS_DISPLAY_UNKNOWN,
		VMS_DISPLAY_NO,
		VMS_DISPLAY_WITHOUT_PORTS,    /* nothing beside the picture, keys and pointer */
		VMS_DISPLAY_WITHOUT_CHANNELS, /* no USB from viewers */
		VMS_DISPLAY_YES
	} dbus_display;
	enum vms_display_known dbus_sound;
	struct strv devices;             /* that QEMU is known to have, and what of processors */
	bool no_panic;                   /* it is known not to have ARGS_PANIC_DEVICE */
	struct vms_autostart *autostart; /* NULL: there is nothing to do */
	struct disposable *sweep;        /* of vm_network.c; NULL: it is done */
};

/* vms.c */
struct acts vms_acts(const struct vms *vms); /* whom to ask; valid as long as @vms */
void vms_hold_acts(struct vms *vms);
/* Whether a file is there, though it may be hidden from the system's daemon. */
bool vms_exists(const char *path);
/* Which file it is, though it may be hidden from the daemon; 0 or -errno. */
int vms_look(const struct vms *vms, const char *path, struct act_seen *out);
/* Has an act done, as of acts_call(). */
int vms_act(struct vms *vms, enum act act, const void *argument, unsigned timeout_ms,
        disposable_done done, void *user, struct disposable **out, struct err *err);
struct vm *vms_find(struct vms *vms, const char *name); /* NULL: it never ran here */
struct vm *vms_get(struct vms *vms, const char *name);  /* makes it when it is not there */
char *vm_file(const struct vm *vm, const char *name);   /* in the VM's folder; caller frees */
int vm_journal(struct vm *vm, struct err *err);         /* writes it */
void vm_set_state(struct vm *vm, enum vm_state state);
void vm_timer(
        struct vm *vm, unsigned ms, sd_event_time_handler_t handler); /* replaces the one before */
void vm_soon(
        struct vm *vm, sd_event_handler_t handler); /* from the loop, not from within a caller */
/* The last line of a log in the VM's folder; caller frees. NULL: none. */
char *vm_last_line(const struct vm *vm, const char *log);

/* vm_facts.c */
/* This PC as it was at most a few seconds ago; NULL with @err. Valid until the next call of either. */
const struct host *vms_facts(struct vms *vms, struct err *err);
void vms_facts_drop(struct vms *vms); /* something is not what it was */

/* vm_quarantine.c */
int vms_quarantine_load(struct vms *vms, struct err *err);
void vms_quarantine_add(struct vms *vms, const struct journal_pci *p, const struct err *err);
const struct vm_quarantine *vms_quarantine_find(const struct vms *vms, struct pci_addr addr);
void vms_quarantine_finish(struct vms *vms);

/* vm_job.c */
struct vm_job *vm_job_create(struct vm *vm, const char *kind, void (*cancel)(struct vm_job *));
/* Of no VM (@name NULL), or of one by its name, whether it ever ran or not. */
struct vm_job *vm_job_create_of(
        struct vms *vms, const char *name, const char *kind, void (*cancel)(struct vm_job *));
void vm_job_stage(struct vm_job *job, const char *stage, unsigned percent); /* takes NULL */
/* Tells the end and frees it; @err NULL is done. Takes NULL. */
void vm_job_finish(struct vm_job *job, const struct err *err);
/* As if it had never been: for an act that was refused after all. */
void vm_job_drop(struct vm_job *job);
void vm_job_free_all(struct vms *vms);

/* vm_hand_over.c: cards that this PC uses itself until the VM comes */
void vm_hand_over_journal(struct vm *vm, const struct vm_plan *plan); /* its first words */
/* Begins the next act and goes on with vm_claim(). False: all are done. */
bool vm_hand_over_next(struct vm *vm);
/* Why a function could not be claimed, in other words where its driver hangs; @own is room for them. */
const struct err *vm_hand_over_stuck(struct journal_pci *p, const struct err *why, struct err *own);
/* Undoes the act at @index: afterwards vm->act is set where it is under way. */
int vm_hand_back(struct vm *vm, size_t index, disposable_done done, struct err *err);
/* What a person is told of one that could not be undone. */
void vm_hand_back_failed(struct vm *vm, size_t index, const struct err *err);

/* vm_share_left.c: virtual functions that could not be removed; the file of them is read when the daemon begins */
void vms_shares_left_load(struct vms *vms);
/* Those of this function; NULL: none. */
const struct journal_share *vms_shares_left_find(const struct vms *vms, struct pci_addr parent);
void vms_shares_left_add(struct vms *vms, const struct journal_share *share);
void vms_shares_left_drop(struct vms *vms, struct pci_addr parent);

/* vm_share.c: parts of functions that stay with this PC */
void vm_shares_journal(struct vm *vm, const struct vm_plan *plan); /* their first words */
/* Makes those that are not there, one after the other, and goes on with vm_start_planned(). */
void vm_shares_make(struct vm *vm);
/* Begins to tell the next one's network card of it and goes on with vm_claim(). False: all are told. */
bool vm_share_next(struct vm *vm);
/* Whether no other VM has it, made or not. */
int vms_check_share_free(
        const struct vms *vms, const char *vm, const struct vm_share *wanted, struct err *err);
/* What other VMs have of PCI functions; caller frees @out. */
void vms_taken_pci(const struct vms *vms, const char *but, struct vm_taken_pci **out, size_t *n);
/* Undoes what was done for the one at @index: afterwards vm->act is set where it is under way. */
int vm_share_release(struct vm *vm, size_t index, disposable_done done, struct err *err);
/* Its end; @err NULL: as it should. */
void vm_share_released(struct vm *vm, size_t index, const struct err *err);

/* vm_start.c: until QEMU is launched */
void vm_start_planned(struct vm *vm); /* once its shares are there */
/* vm_start_journal.c: who starts, and which shares; where all of these are there, what the plan claims, too. */
void vm_journal_begin(struct vm *vm, const struct vm_plan *plan, const struct profile *profile);
void vm_journal_plan(struct vm *vm, const struct vm_plan *plan); /* all that a whole plan claims */
void vm_claim(struct vm *vm); /* goes on with claiming its functions */
/* Whether no other VM has it and it is not quarantined. */
int vms_check_pci_free(const struct vms *vms, struct pci_addr addr, struct err *err);
int vms_check_disk_free(const struct vms *vms, const char *device, struct err *err);
int vms_check_forwards_free(const struct vms *vms, const struct forwards *wanted, struct err *err);
/* What every plan of this daemon has in common. */
void vms_plan_options(const struct vms *vms, struct vm_options *options);
void vm_start_fail(struct vm *vm, const struct err *err);
void vm_starting_free(struct vm_starting *starting);
void vm_take(struct vm *vm); /* once QEMU is known to have what the plan wants */
/* vm_devices.c: before anything is claimed. False: QEMU is being asked, and vm_take() is called once it is known. */
bool vm_devices_ready(struct vm *vm);
void vm_devices_of(const struct strv *args, struct strv *names); /* of arguments; each once */
bool vm_devices_listed(const char *help, const char *name);
/* vm_network.c */
void vms_network_options(struct vm_options *options);
void vm_network_journal(struct vm *vm, const struct vm_plan *plan); /* its first words */
/* One queue of the link of journal.nets[index], and its vhost. */
int vm_network_open(
        struct vm *vm, size_t index, unsigned queue, disposable_done done, struct err *err);
int vm_network_open_vhost(struct vm *vm, disposable_done done, struct err *err);
/* Removes what outlives QEMU: afterwards vm->act is set where it is under way. */
int vm_network_release(struct vm *vm, size_t index, disposable_done done, struct err *err);
void vms_network_sweep(struct vms *vms); /* what a power cut has left, once VMs are taken over */
json_t *vm_networks_json(const struct vm *vm); /* new reference; empty where it does not run */
/* vm_open.c: the descriptors QEMU inherits; then goes on with vm_launch() */
void vm_open_next(struct vm *vm);
int vm_open_log(const struct vm *vm, const char *name, struct err *err); /* a fresh one */
/* vm_side.c: the programs beside QEMU. A descriptor, or -EINPROGRESS: @done is called with it; else an error. */
int vm_side_tpm(struct vm *vm, disposable_done done, struct err *err);
int vm_side_passt(struct vm *vm, size_t index, disposable_done done, struct err *err);
void vm_sides_stop(struct vm *vm);                       /* QEMU has ended */
int vm_side_check(const struct vm *vm, struct err *err); /* at the launch: whether one has gone */
/* Whether this event of QEMU's says that one has ended, and then the error that people are told. */
bool vm_side_event(const struct vm *vm, const char *name, const json_t *data, struct err *why);
/* vm_launch.c: the launcher, then up to the running guest */
void vm_launch(struct vm *vm);
/*
 * vm_display.c: before the launch. False: QEMU is being asked what it can do, and vm_launch() is called once it is known.
 */
bool vm_display_ready(struct vm *vm);
bool vm_sound_ready(struct vm *vm); /* vm_sound.c: the same of its sound, and after it */
int vm_supervise(struct vm *vm, struct err *err); /* pidfd, QMP, report of a running QEMU */
/* vm_picture.c */
void vm_picture(
        struct vm *vm, int fd, void (*reply)(void *user, const struct err *err), void *user);

/* vm_pin.c */
void vm_pin(struct vm *vm); /* then vm_isolate() */
/* vm_pages.c */
void vm_pages_take(struct vm *vm);    /* in its turn, and then vm_claim() */
void vm_pages_settled(struct vm *vm); /* its QEMU has them now, or never will */
/* Where that takes a while, it waits for it, and vm_pages_returned() is called. */
void vm_pages_return(struct vm *vm);
/* Of ordinary memory, to VMs other than @but; see struct vm_options. */
uint64_t vms_memory_promised(const struct vms *vms, const struct vm *but);
void vms_pages_promised(const struct vms *vms, struct vm_options *options);
/* vm_release.c */
void vm_pages_returned(struct vm *vm, const struct err *err);
/* vm_isolation.c */
void vm_isolate(struct vm *vm); /* then vm_run() */
/* Whether the host has something left beside this VM and the others that run; else isolation.why says so. */
bool vm_isolation_is_possible(struct vm *vm, const struct cpulist *wanted);
/* Gives its processors back. Where that takes a while, it waits for it, and vm_isolation_ended() is called. */
void vm_isolation_end(struct vm *vm);
void vms_isolation_create(struct vms *vms); /* before VMs are taken over */
void vms_isolation_settle(struct vms *vms); /* after it: what nobody keeps any more is given back */
void vms_isolation_finish(struct vms *vms);
/* vm_release.c */
void vm_isolation_ended(struct vm *vm);
/* vm_launch.c */
void vm_run(struct vm *vm); /* for the first time */

/* vm_pause.c */
void vm_pause_ask(struct vm *vm); /* what QEMU says of it now */
/* QEMU's events about it; @data may be NULL. */
void vm_pause_event(struct vm *vm, const char *name, json_t *data);
/* Before the guest is asked to shut down: it cannot hear while its processors stand. */
void vm_pause_end(struct vm *vm);
/* Whether QEMU can be asked for it by a person, or -errno with @err. @vm NULL: there is none of that name. */
int vm_pause_check(const struct vm *vm, const char *name, struct err *err);

/* vm_sleep.c */
void vm_sleep_note(struct vm *vm, bool asleep);
void vm_sleep_event(struct vm *vm, const char *name); /* of QEMU's */
void vm_sleep_end(struct vm *vm);                     /* before it is asked to shut down */
/* Whoever wanted it to sleep is told that it ends. */
void vm_sleep_forget(struct vm *vm);
/* A start of one that sleeps: it is woken. NULL: it does not sleep. */
struct vm_job *vm_sleep_wake(struct vm *vm);

/* vm_trouble.c */
void vm_trouble_event(struct vm *vm, const char *name, json_t *data); /* of QEMU's */
/* Why QEMU has stopped it in this state; false: not for the guest's trouble. */
bool vm_trouble_of(const struct vm *vm, const char *status, struct err *why);

/* vm_agent.c */
#define VM_AGENT_SOCKET "agent.sock"
void vm_agent_connect(struct vm *vm); /* where it has a port */
/* What `query-chardev` says of each: whether the guest has its end open. */
bool vm_agent_listens(json_t *chardevs);
void vm_agent_ask(struct vm *vm); /* on its rung; vm_agent_refused() where nothing comes of it */
/* vm_stop.c */
void vm_agent_refused(struct vm *vm);

/* vm_autostart.c */
struct vms_autostart;
/* A job has ended: where it was one of these, the next VM starts. */
void vms_autostart_ended(struct vms *vms, const struct vm_job *job);
void vms_autostart_finish(struct vms *vms);

/* vm_cdrom.c: the drives for CDs */
void vm_cdroms_look(struct vm *vm); /* has QEMU tell what is in them */
void vm_cdroms_event(struct vm *vm, const char *name);
json_t *vm_cdroms_json(const struct vm *vm); /* [{"name", "file", "open", "locked"}] */
void vm_cdroms_forget(struct vm *vm);

/* vm_recover.c */
/* How it ends or has ended; before its jobs are told. */
enum recover_end vm_recover_how(const struct vm *vm);
void vm_recover_ended(struct vm *vm, enum recover_end end); /* once all of it was given back */
void vm_recover_running(struct vm *vm);
/* -EBUSY while a disk of it is being set back; @vm may be NULL. */
int vm_recover_check(const struct vm *vm, struct err *err);
/* A person has it started or stopped: true where it would have been started. */
bool vm_recover_forget(struct vm *vm);
/* The same of one that is to be started; false: a disk is being set back, and the VM's stop job ends with that. */
bool vm_recover_call_off(struct vm *vm);
void vm_recover_finish(struct vm *vm);
void vms_recover_job_ended(struct vms *vms, const struct vm_job *job);
void vms_recover_adopt(struct vms *vms); /* after VMs are taken over */

/* vm_reset.c: QEMU's event that its guest has reset it */
void vm_reset_event(struct vm *vm, const char *name);
void vm_reset_end(struct vm *vm); /* nobody waits for the answers any more */

/* vm_input.c: keyboards and mice of this PC that the VM shares */
void vm_inputs_journal(struct vm *vm, const struct vm_plan *plan); /* its first words */
int vms_check_input_free(
        const struct vms *vms, const struct vm_claim_input *wanted, struct err *err);
/* Each: vm->act is set where it is under way, and @done is called with the VM. */
int vm_input_open(struct vm *vm, size_t index, disposable_done done, struct err *err);
int vm_input_give(struct vm *vm, size_t index, uid_t uid, disposable_done done, struct err *err);
int vm_input_release(struct vm *vm, size_t index, disposable_done done, struct err *err);
/* QEMU is asked for those that the journal says were returned; then, or where it cannot be, their nodes are root's again. */
void vm_inputs_let_go(struct vm *vm);
/* Has QEMU let go of them all; returns how many. */
unsigned vms_inputs_give_back(struct vms *vms);

/* vm_glass.c: the memory of Looking Glass; as above */
int vms_check_glass_free(const struct vms *vms, const char *path, struct err *err);
int vm_glass_open(struct vm *vm, disposable_done done, struct err *err);
int vm_glass_give(struct vm *vm, uid_t uid, disposable_done done, struct err *err);
int vm_glass_release(struct vm *vm, disposable_done done, struct err *err);

/* vm_monitor.c: the monitor that shows the game */
void vm_monitor_journal(struct vm *vm, const struct vm_plan *plan); /* its first words */
void vm_monitor_play(struct vm *vm);
int vm_monitor_release(struct vm *vm, disposable_done done, struct err *err);

/* vm_stop.c */
void vm_end(struct vm *vm, enum vm_rung rung, const struct err *why);
void vm_gone(struct vm *vm); /* QEMU has ended, whyever */
/* vm_release.c */
void vm_release(struct vm *vm);
/* vm_adopt.c */
int vms_adopt_all(struct vms *vms, struct err *err);

/* vm_image.c */
void vms_images_finish(struct vms *vms);
/* vm_image_users.c */
/* Whether nothing is being done with an image file just now. */
int vms_check_image_free(const struct vms *vms, const char *file, struct err *err);
/* Whether no disk of any VM stands on it, stopped ones too, as far as profiles say so: else it must stay as it is. */
int vms_check_image_base(const struct vms *vms, const char *file, struct err *err);

/* vm_hands_off.c: the host's desktop leaves alone what the profiles assign to VMs */
void vms_hands_off_create(struct vms *vms);
/* A USB device came, went, went into a VM, or is the host's again. */
void vms_hands_off_plugged(struct vms *vms);
bool vms_hands_off_any(const struct vms *vms);
void vms_hands_off_destroy(struct vms *vms);
/* The [usb] rules of some profile have changed, or may have. */
void vms_usb_rules_changed(struct vms *vms);

/* usb/look.c */
void vms_usb_event(struct vms *vms); /* something has changed: looks, now or in some milliseconds */
void vms_usb_reconcile(
        struct vms *vms); /* looks now: the profiles' rules, and what was unplugged */
/* A VM has ended and given everything back. */
void vms_usb_given_back(struct vms *vms, bool had_usb);
void vms_usb_finish(struct vms *vms);
/* usb/calls.c */
/* Detaches it as by hand, without a job. False: an act on it is under way. */
bool vm_usb_take_out(struct vm *vm, const struct journal_usb *u);
/* usb/adopt.c */
void vm_usb_adopt(struct vm *vm);
/* usb/detach.c */
void vm_usb_deleted(struct vm *vm, const char *id); /* QEMU says so */
/* usb/act.c */
void vm_usb_give_up(struct vm *vm); /* the VM ends: so do its open USB acts */
void vm_usb_forget(struct vm *vm);  /* after that: and what children still do for it */
bool vms_usb_busy(const struct vms *vms);
/* usb/give_back.c */
void vms_usb_give_back_more(struct vms *vms); /* an act has ended: what waited for it */
void vms_usb_give_back_finish(struct vms *vms);

/* usb/chord.c */
void vms_chord_create(struct vms *vms);
void vms_chord_destroy(struct vms *vms);
/* What VMs have, or how many run, has changed: starts, tells and stops the program. */
void vms_chord_refresh(struct vms *vms);
/* @d is about to be handed over; what the kernel knows of its reports is kept. */
void vms_chord_learn(struct vms *vms, const struct usb_device *d);
/* Whether a chord on @d is or would be seen while a VM has it. Unknown is false. */
bool vms_chord_sees(const struct vms *vms, const struct usb_device *d);
/* The same for one that is not yet in a VM, whether the program knows of it already or not. */
bool vms_chord_would_see(const struct vms *vms, const struct usb_device *d);

#endif
