/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A game VM's profile: what a person wants, as written in NAME.profile. It says nothing about whether
 * this PC can do it. One table of keys (profile/keys.c) drives parser, writer and reference.
 */
#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

#include "base/pciaddr.h"
#include "base/root.h"

enum profile_guest {
	PROFILE_GUEST_OTHER,
	PROFILE_GUEST_LINUX,
	PROFILE_GUEST_WINDOWS_10,
	PROFILE_GUEST_WINDOWS_11
};
enum profile_firmware { PROFILE_FIRMWARE_UEFI, PROFILE_FIRMWARE_BIOS };
enum profile_accel { PROFILE_ACCEL_KVM, PROFILE_ACCEL_TCG, PROFILE_ACCEL_AUTO };
#define PROFILE_USB_CHANNELS_MOST 4

enum profile_display {
	PROFILE_DISPLAY_AUTO,
	PROFILE_DISPLAY_NONE,
	PROFILE_DISPLAY_VIRTIO,
	PROFILE_DISPLAY_STD
};
enum profile_secure_boot {
	PROFILE_SECURE_BOOT_AUTO,
	PROFILE_SECURE_BOOT_YES,
	PROFILE_SECURE_BOOT_NO
};
enum profile_tpm { PROFILE_TPM_AUTO, PROFILE_TPM_YES, PROFILE_TPM_NO };
enum profile_isolate { PROFILE_ISOLATE_AUTO, PROFILE_ISOLATE_YES, PROFILE_ISOLATE_NO };
enum profile_pages { PROFILE_PAGES_NO, PROFILE_PAGES_2M, PROFILE_PAGES_1G };
/* The order is that of the words in keys.c. */
enum profile_sound { PROFILE_SOUND_AUTO, PROFILE_SOUND_NONE, PROFILE_SOUND_HDA };
enum profile_pci_kind { PROFILE_PCI_GPU, PROFILE_PCI_AUDIO, PROFILE_PCI_USB, PROFILE_PCI_OTHER };
enum profile_bus {
	PROFILE_BUS_AUTO,
	PROFILE_BUS_VIRTIO,
	PROFILE_BUS_SCSI,
	PROFILE_BUS_SATA,
	PROFILE_BUS_NVME
};
enum profile_aio {
	PROFILE_AIO_AUTO,
	PROFILE_AIO_IO_URING,
	PROFILE_AIO_NATIVE,
	PROFILE_AIO_THREADS
};
enum profile_cache {
	PROFILE_CACHE_AUTO,
	PROFILE_CACHE_NONE,
	PROFILE_CACHE_WRITEBACK,
	PROFILE_CACHE_WRITETHROUGH,
	PROFILE_CACHE_DIRECTSYNC
};
enum profile_discard { PROFILE_DISCARD_UNMAP, PROFILE_DISCARD_IGNORE };
enum profile_io_thread { PROFILE_IO_THREAD_AUTO, PROFILE_IO_THREAD_YES, PROFILE_IO_THREAD_NO };
enum profile_rombar { PROFILE_ROMBAR_AUTO, PROFILE_ROMBAR_YES, PROFILE_ROMBAR_NO };
enum profile_primary { PROFILE_PRIMARY_AUTO, PROFILE_PRIMARY_YES, PROFILE_PRIMARY_NO };
/* auto, then 64 MiB and its doubles */
enum profile_bar_size { PROFILE_BAR_AUTO, PROFILE_BAR_64M, PROFILE_BAR_64G = 11 };
/* auto, then the kernel's words in keys.c's order */
enum profile_reset {
	PROFILE_RESET_AUTO,
	PROFILE_RESET_DEVICE_SPECIFIC,
	PROFILE_RESET_ACPI,
	PROFILE_RESET_FLR,
	PROFILE_RESET_AF_FLR,
	PROFILE_RESET_PM,
	PROFILE_RESET_BUS,
	PROFILE_RESET_CXL_BUS
};
enum profile_glass { PROFILE_GLASS_AUTO, PROFILE_GLASS_FILE, PROFILE_GLASS_KVMFR };
/* none, then the inputs of a monitor in keys.c's order */
enum profile_monitor {
	PROFILE_MONITOR_NONE,
	PROFILE_MONITOR_DP_1,
	PROFILE_MONITOR_DP_2,
	PROFILE_MONITOR_HDMI_1,
	PROFILE_MONITOR_HDMI_2,
	PROFILE_MONITOR_DVI_1,
	PROFILE_MONITOR_DVI_2,
	PROFILE_MONITOR_VGA_1,
	PROFILE_MONITOR_VGA_2,
	PROFILE_MONITOR_USB_C
};
/* What is done when the guest's watchdog has run out, and when its system has crashed. */
enum profile_watchdog {
	PROFILE_WATCHDOG_NO,
	PROFILE_WATCHDOG_RESET,
	PROFILE_WATCHDOG_POWEROFF,
	PROFILE_WATCHDOG_PAUSE
};
enum profile_crash { PROFILE_CRASH_POWEROFF, PROFILE_CRASH_PAUSE, PROFILE_CRASH_RUN };
#define PROFILE_BOOT_MOST 99
/* The order of these three is that of the words in keys.c. */
enum profile_network {
	PROFILE_NETWORK_USER,
	PROFILE_NETWORK_NONE,
	PROFILE_NETWORK_BRIDGE,
	PROFILE_NETWORK_OVS,
	PROFILE_NETWORK_MACVTAP,
	PROFILE_NETWORK_PRIVATE
};
enum profile_backend { PROFILE_BACKEND_AUTO, PROFILE_BACKEND_PASST, PROFILE_BACKEND_SLIRP };
enum profile_nic { PROFILE_NIC_AUTO, PROFILE_NIC_VIRTIO, PROFILE_NIC_E1000E };
enum profile_vhost { PROFILE_VHOST_AUTO, PROFILE_VHOST_YES, PROFILE_VHOST_NO };

/* Of profile_pci.virtual_function. */
#define PROFILE_VIRTUAL_NO   0
#define PROFILE_VIRTUAL_AUTO (-1) /* the first that is free */
#define PROFILE_VIRTUAL(n)   ((int)(n) + 1)
#define PROFILE_VIRTUAL_MOST 255

/* A passed PCI function: [gpu NAME], [audio NAME], [usb-controller NAME], [pci NAME]. Named by where it sits and what it is. */
struct profile_pci {
	char *name; /* of the section; "" for a bare [gpu] */
	enum profile_pci_kind kind;
	struct pci_addr address;                /* address=0000:01:00.0 */
	char *path;                             /* path=0000:00:04.0/00.0; NULL: not written */
	int vendor, device;                     /* id=10de:1b81; -1: not written */
	int subsystem_vendor, subsystem_device; /* subsystem=1043:8599; -1: not written */
	char *serial;                           /* serial=16 hex digits; NULL */
	char *romfile;                          /* romfile=/path; NULL */
	enum profile_rombar rombar;             /* rombar=: whether the guest sees a ROM */
	enum profile_bar_size bar_size;         /* bar-size=, of a graphics card */
	enum profile_primary primary;           /* primary=, the same */
	unsigned boot; /* boot=, of [pci]: its place in the boot order; 0: not booted from */
	enum profile_reset reset_method; /* reset-method=, the same */
	bool guest_volumes; /* guest-volumes=yes, of [pci]: what LVM, RAID... is on its disks is the guest's own */
	/*
	 * What the guest gets of the function, which itself stays with this PC: a virtual function of it, or a device that its
	 * driver makes. Neither: the function.
	 */
	int virtual_function; /* virtual-function=: one of the above */
	unsigned
	        virtual_functions; /* virtual-function-count=: how many are made where there are none */
	char *mediated;            /* mediated=TYPE; NULL */
	char *mac;                 /* mac=, of a virtual function: in small letters; NULL */
	unsigned vlan;             /* vlan=, the same; 0: none */
	bool hand_over; /* hand-over=yes: this PC uses it itself until the game starts; of a GPU */
	char *hand_over_stop; /* hand-over-stop=: units of systemd, with spaces between; NULL */
	int line;             /* of the section, for messages */
};

/* [disk NAME] */
struct profile_disk {
	char *name;
	char *device; /* device=/dev/disk/by-id/... or by-partuuid/...: a raw disk or partition; NULL */
	char *image; /* image=FILE: an image file; NULL */
	char *url; /* url=: a disk on the network, as of profile/disk_url.h; NULL. Exactly one of the three */
	char *secret_file; /* secret-file=: what its server wants to hear; NULL: nothing */
	char *format;      /* format=raw|qcow2, of an image or url */
	char *backing; /* backing=: what an overlay stands on, as of profile/backing.h; NULL: nothing */
	char *passphrase_file; /* passphrase-file=: what opens an encrypted image; NULL: it is not */
	char *serial; /* serial=...: what the disk must be; for a device, also shown to the guest; NULL */
	uint64_t size; /* size=BYTES: what the disk must be; 0: not written */
	bool writable; /* writable=no is the default */
	enum profile_bus bus;
	enum profile_aio aio;
	enum profile_cache cache;
	enum profile_discard discard;
	enum profile_io_thread io_thread;
	unsigned queues;    /* queues=; 0: one for each processor of the guest */
	unsigned boot;      /* boot=: its place in the boot order; 0: after all that have one */
	bool guest_volumes; /* guest-volumes=yes: what LVM, RAID... is on it is the guest's own */
	int line;
};

/* [cdrom NAME]: a drive for CD and DVD images */
struct profile_cdrom {
	char *name;
	char *file;    /* file=: what is in it at the start; NULL: nothing */
	unsigned boot; /* boot=: its place in the boot order; 0: after all disks */
	int line;
};

/* [usb NAME]: a device that belongs to this VM whenever it is plugged in */
struct profile_usb {
	char *name;
	int vendor, product; /* id=046d:c52b; -1: any */
	char *serial;        /* NULL: any */
	char *port;          /* port=0000:00:14.0/2.3; NULL: any */
	char *hub;           /* hub=0000:00:14.0/2: anything behind it; NULL: any */
	char *file;          /* the last one that has the section; NULL: not read from one */
	int line;
};

/* The keys that give a keyboard to the guest and back; the order is that of the words in keys.c. */
enum profile_toggle {
	PROFILE_TOGGLE_CTRL_CTRL,
	PROFILE_TOGGLE_ALT_ALT,
	PROFILE_TOGGLE_META_META,
	PROFILE_TOGGLE_SCROLLLOCK,
	PROFILE_TOGGLE_CTRL_SCROLLLOCK
};

/* [input NAME]: a keyboard or mouse of this PC that the guest shares */
struct profile_input {
	char *name;
	char *device; /* device=/dev/input/by-id/...-event-kbd */
	enum profile_toggle toggle;
	bool repeat;
	int line;
};

enum profile_numa { PROFILE_NUMA_AUTO, PROFILE_NUMA_NO };

/* A network card of the guest: [network], which is always there, and each [network NAME]. */
struct profile_net {
	char *name; /* of the section; "" of [network] */
	enum profile_network type;
	char *forward; /* forward=: words of profile/forward.h; NULL */
	char *link;    /* link=: of this PC, a bridge or a network card; NULL */
	unsigned vlan; /* vlan=; 0: none */
	char *mac;     /* mac=, in small letters; NULL */
	enum profile_backend backend;
	enum profile_nic nic; /* model= */
	enum profile_vhost vhost;
	int line; /* of the section */
};

#define PROFILE_NETS_MOST 8u

#define PROFILE_MEMORY_MAX UINT64_MAX /* all but what the host needs */

struct profile {
	char *name; /* file name without .profile: [a-z0-9-], at most 24, starts with a letter */
	char *file; /* where it was read */
	/* [vm] */
	char *title; /* for people; the name when not written */
	enum profile_guest guest;
	bool autostart;   /* autostart=yes: with this PC */
	bool guest_agent; /* a way to QEMU's agent in the guest, by which it is shut down */
	enum profile_watchdog watchdog;
	enum profile_crash crash;
	unsigned restart_count, restart_delay; /* restart-on-failure=, restart-delay= in s */
	bool restart_from_snapshot;
	/* [cpu] */
	unsigned cpus;      /* count=; default 2 */
	char *cpu_model;    /* model=host */
	char *cpu_features; /* features=+x,-y; NULL */
	char *cpu_pin;      /* pin=auto (default), no, or a list as of cpulist.h in any order */
	enum profile_isolate isolate; /* isolate=auto (default), yes, no */
	bool hide_hypervisor; /* hide-hypervisor=yes: kvm=off and another vendor id, against error 43 */
	enum profile_accel accel; /* accel=kvm (default), tcg, auto */
	/* [memory] */
	uint64_t memory_bytes; /* size=4G; default 2 GiB; size=max: PROFILE_MEMORY_MAX */
	enum profile_pages hugepages;
	enum profile_numa numa;
	/* [boot] */
	enum profile_firmware firmware;
	enum profile_secure_boot secure_boot;
	enum profile_tpm tpm;
	char *kernel, *initrd, *cmdline; /* direct boot, for Linux guests and tests; NULL */
	/* [smbios]: what the guest reads of its maker; NULL: what QEMU says */
	char *smbios_manufacturer, *smbios_product, *smbios_version, *smbios_serial, *smbios_sku,
	        *smbios_family;
	/* [display] */
	enum profile_display
	        display; /* an emulated card; auto: none when a GPU is passed, else virtio */
	/* [sound] */
	enum profile_sound sound; /* an emulated card; auto: none when a GPU or sound is passed */
	bool microphone;
	/* [looking-glass] */
	char *glass_resolution; /* resolution=3840x2160; NULL: the guest's picture is not shared */
	bool glass_hdr;
	enum profile_glass glass_memory;
	/* [monitor] */
	enum profile_monitor monitor_input; /* input-while-playing= */
	char *monitor_connector;            /* connector=HDMI-A-1; NULL: the only one */
	/* [console] */
	bool clipboard; /* the guest's agent may have what viewers copy, and they what it copies */
	unsigned usb_channels;    /* how many USB devices viewers can plug in; at most as below */
	struct profile_net *nets; /* the first is [network] */
	size_t n_nets;
	struct profile_pci *pci;
	size_t n_pci;
	struct profile_disk *disks;
	size_t n_disks;
	struct profile_cdrom *cdroms;
	size_t n_cdroms;
	struct profile_usb *usb;
	size_t n_usb;
	struct profile_input *inputs;
	size_t n_inputs;
};

/*
 * Reads a profile and everything in NAME.profile.d/ beside it (*.conf, in order, later values win). Errors say file, line,
 * what, and for an unknown key or section the nearest known one.
 */
int profile_load(const char *file, struct profile *out, struct err *err);
/* The same from text, for tests, fuzzing and import; @file is only for messages and the name. */
int profile_parse(const char *text, const char *file, struct profile *out, struct err *err);
void profile_finish(struct profile *profile);

/* Whether the guest gets a part of the function only, which stays with this PC. */
bool profile_pci_is_share(const struct profile_pci *pci);
/* Whether what else its section says is of such a part, or of the whole. */
int profile_share_check(const struct profile_pci *pci, struct err *err);

/* The text that profile_parse() reads back as the same profile. Caller frees. */
char *profile_write(const struct profile *profile);

/*
 * Sets one key in profile text, keeping comments and order; @section as "gpu" or "disk games". Missing section or key
 * is added at its place. @value NULL removes the key. Returns new text (caller frees), or NULL with @err.
 */
char *profile_edit(
        const char *text, const char *section, const char *key, const char *value, struct err *err);

/* What stands before the name of a device in the comment that profile_add_section() writes. */
#define PROFILE_ASSIGNED "# playthrough usb assign: "
/*
 * Profile text with a new section "usb NAME" at its end; @keys are lines "key=value". @comment, which may be NULL, is
 * told in a comment above it, and tells profile_remove_section() that all of this is ours: taken out again, the
 * bytes are those from before. Caller frees; NULL with @err where the text is no INI or has the section already.
 */
char *profile_add_section(const char *text, const char *comment, const char *section,
        const char *keys, struct err *err);
/*
 * The text without that section: from its head to its last key, with the comment above it where we wrote that. The
 * same text where there is no such section. Caller frees; NULL with @err.
 */
char *profile_remove_section(const char *text, const char *section, struct err *err);
bool profile_has_section(const char *text, const char *section);

/* Whether @name may name a VM; with @err, why not. */
int profile_check_name(const char *name, struct err *err);
/* The names of all profiles in these folders, sorted, the first folder that has one wins. */
int profile_list(const struct strv *folders, struct strv *names, struct err *err);
/*
 * Finds NAME in the folders and loads it; unknown name: error that lists those there are. Drop-ins are read from
 * the NAME.profile.d beside it and from those in the folders before that one, all in the order of their names.
 */
int profile_find(
        const struct strv *folders, const char *name, struct profile *out, struct err *err);
/* Adds the files profile_find() reads, in their order: the profile, then its drop-ins. */
int profile_files(
        const struct strv *folders, const char *name, struct strv *files, struct err *err);
/* The same for profile_load(). */
int profile_files_of(const char *file, struct strv *files, struct err *err);
/* The first of profile_files() alone: NAME.profile in the first folder that has one. NULL: none has. Caller frees. */
char *profile_where(const struct strv *folders, const char *name);
/* The error of profile_find() for a name that no folder has. */
int profile_unknown(const struct strv *folders, const char *name, struct err *err);
/* One of these files as it is, at most one byte longer than a profile may be; caller frees. NULL with @err. */
char *profile_read(const char *file, size_t *size, struct err *err);

/* Text to be read in place of a file, to try what is to be written. NULL: the file is not there. */
struct profile_text {
	const char *file, *text;
};
/* A profile from its files, of which there is at least one. */
int profile_load_files(const struct strv *files, const struct profile_text *instead, size_t n,
        struct profile *out, struct err *err);

/* The reference of every key as text for the manual page (troff mdoc list items). Caller frees. */
char *profile_reference(void);
/* The same as tables of Markdown, for profiles/README.md. Caller frees. */
char *profile_reference_markdown(void);

#endif
