/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/keys.h"

#include "base/i18n.h"
#include "base/nearest.h"
#include "profile/file.h"
#include "profile/value.h"

#include <errno.h>
#include <stdio.h>

static const char *const guest_words[] = {"other", "linux", "windows-10", "windows-11", NULL};
static const char *const firmware_words[] = {"uefi", "bios", NULL};
static const char *const accel_words[] = {"kvm", "tcg", "auto", NULL};
static const char *const auto_words[] = {"auto", "yes", "no", NULL};
static const char *const size_words[] = {"max", NULL};
static const char *const bar_words[] = {
        "auto", "64M", "128M", "256M", "512M", "1G", "2G", "4G", "8G", "16G", "32G", "64G", NULL};
static const char *const reset_words[] = {
        "auto", "device_specific", "acpi", "flr", "af_flr", "pm", "bus", "cxl_bus", NULL};
static const char *const pages_words[] = {"no", "2M", "1G", NULL};
static const char *const numa_words[] = {"auto", "no", NULL};
static const char *const display_words[] = {"auto", "none", "virtio", "std", NULL};
static const char *const sound_words[] = {"auto", "none", "hda", NULL};
static const char *const glass_words[] = {"auto", "file", "kvmfr", NULL};
static const char *const monitor_words[] = {"none", "dp-1", "dp-2", "hdmi-1", "hdmi-2", "dvi-1",
        "dvi-2", "vga-1", "vga-2", "usb-c", NULL};
static const char *const watchdog_words[] = {"no", "reset", "poweroff", "pause", NULL};
static const char *const crash_words[] = {"poweroff", "pause", "run", NULL};
static const char *const network_words[] = {
        "user", "none", "bridge", "ovs", "macvtap", "private", NULL};
static const char *const backend_words[] = {"auto", "passt", "slirp", NULL};
static const char *const nic_words[] = {"auto", "virtio", "e1000e", NULL};
static const char *const format_words[] = {"raw", "qcow2", NULL};
static const char *const toggle_words[] = {
        "ctrl-ctrl", "alt-alt", "meta-meta", "scrolllock", "ctrl-scrolllock", NULL};
static const char *const bus_words[] = {"auto", "virtio", "scsi", "sata", "nvme", NULL};
static const char *const aio_words[] = {"auto", "io_uring", "native", "threads", NULL};
static const char *const cache_words[] = {
        "auto", "none", "writeback", "writethrough", "directsync", NULL};
static const char *const discard_words[] = {"unmap", "ignore", NULL};

const struct key_section key_sections[] = {
        {.name = "vm", .doc = N_("What the machine is.")},
        {.name = "cpu", .doc = N_("The processor the guest sees.")},
        {.name = "memory", .doc = N_("The guest's memory.")},
        {.name = "boot", .doc = N_("How the guest boots.")},
        {.name = "smbios", .doc = N_("What the guest reads of the maker of its machine (SMBIOS).")},
        {.name = "display", .doc = N_("An emulated display card.")},
        {.name = "sound",
                .doc = N_("An emulated sound card, heard at this PC and on the console; [audio] "
                          "passes a real one.")},
        {.name = "looking-glass",
                .doc = N_("Memory by which Looking Glass shows the guest's picture in a window of "
                          "this PC.")},
        {.name = "monitor",
                .doc = N_("A monitor that both this PC's and the guest's graphics card are plugged "
                          "into.")},
        {.name = "network",
                .form = KEY_FORM_NETWORK,
                .doc = N_("The guest's network: its first card, which it has unless this says "
                          "type=none. Each [network NAME] is one card more.")},
        {.name = "console",
                .doc = N_("What viewers of the console may do beside seeing the guest.")},
        {.name = "gpu",
                .form = KEY_FORM_PCI,
                .kind = PROFILE_PCI_GPU,
                .doc = N_("A graphics card that the guest owns. May repeat, with a name.")},
        {.name = "audio",
                .form = KEY_FORM_PCI,
                .kind = PROFILE_PCI_AUDIO,
                .doc = N_("A sound function that the guest owns, such as a graphics card's.")},
        {.name = "usb-controller",
                .form = KEY_FORM_PCI,
                .kind = PROFILE_PCI_USB,
                .doc = N_("A USB controller that the guest owns, with all its ports.")},
        {.name = "pci",
                .form = KEY_FORM_PCI,
                .kind = PROFILE_PCI_OTHER,
                .doc = N_("Any other PCI function that the guest owns.")},
        {.name = "disk",
                .form = KEY_FORM_DISK,
                .named = true,
                .doc = N_("A disk: a whole disk of this PC, a partition, an image file, or one on "
                          "the network.")},
        {.name = "cdrom",
                .form = KEY_FORM_CDROM,
                .named = true,
                .doc = N_("A drive for images of CDs and DVDs, which playthrough cd changes while "
                          "the VM runs.")},
        {.name = "usb",
                .form = KEY_FORM_USB,
                .named = true,
                .doc = N_("A USB device that belongs to the guest whenever it is plugged in. "
                          "What is written must all match.")},
        {.name = "input",
                .form = KEY_FORM_INPUT,
                .named = true,
                .doc = N_(
                        "A keyboard or mouse that stays this PC's and that the guest has while it "
                        "runs; keys held together on the keyboard give all of them to this PC "
                        "and to the guest again.")},
        {0},
};

#define VM(field)    .form = KEY_FORM_PROFILE, .offset = offsetof(struct profile, field)
#define NET(field)   .form = KEY_FORM_NETWORK, .offset = offsetof(struct profile_net, field)
#define PCI(field)   .form = KEY_FORM_PCI, .offset = offsetof(struct profile_pci, field)
#define DISK(field)  .form = KEY_FORM_DISK, .offset = offsetof(struct profile_disk, field)
#define CDROM(field) .form = KEY_FORM_CDROM, .offset = offsetof(struct profile_cdrom, field)
#define USB(field)   .form = KEY_FORM_USB, .offset = offsetof(struct profile_usb, field)
#define INPUT(field) .form = KEY_FORM_INPUT, .offset = offsetof(struct profile_input, field)

const struct key key_table[] = {
        {"vm", .name = "title", KEY_TEXT, VM(title), .max = 100, .metavar = "TEXT",
                .doc = N_("The name that people see. The default is the profile's own name.")},
        {"vm", .name = "guest", KEY_WORD, VM(guest), .words = guest_words, .preset = "other",
                .doc = N_(
                        "The operating system inside. Windows gets the Hyper-V features it knows, "
                        "a clock in local time, and devices that it has drivers for.")},
        {"vm", .name = "autostart", KEY_BOOL, VM(autostart), .preset = "no",
                .doc = N_("Whether it starts with this PC, once, one VM after the other in the "
                          "order of their names. Not in a start of the PC with the boot entry of "
                          "Playthrough that is not verified yet, and not in a session.")},
        {"vm", .name = "guest-agent", KEY_BOOL, VM(guest_agent), .preset = "yes",
                .doc = N_("Whether there is a way to QEMU's agent in the guest "
                          "(qemu-guest-agent), which then is asked first to shut the guest down, "
                          "and to have it sleep before this PC does; nothing else is asked of "
                          "it.")},
        {"vm", .name = "watchdog", KEY_WORD, VM(watchdog), .words = watchdog_words, .preset = "no",
                .doc = N_(
                        "What is done when the guest no longer feeds its watchdog (Intel 6300ESB, "
                        "which Linux has a driver for); no is no watchdog. It is the guest that "
                        "must start it, as systemd does with RuntimeWatchdogSec=.")},
        {"vm", .name = "crash", KEY_WORD, VM(crash), .words = crash_words, .preset = "poweroff",
                .doc = N_("What is done when the guest tells that its system has crashed: pause "
                          "leaves it to be looked at, run leaves it to itself, so that it can "
                          "write its dump and restart.")},
        {"vm", .name = "restart-on-failure", KEY_COUNT, VM(restart_count), .min = 0, .max = 20,
                .preset = "0", .metavar = "N",
                .doc = N_("How often it is started again when it dies: when QEMU ends by itself "
                          "or is killed, or the guest's crash ends it. A stop, a guest that "
                          "shuts itself down and a start that fails are none of it. Once it has "
                          "run for ten minutes, or a person starts it, the count begins anew.")},
        {"vm", .name = "restart-delay", KEY_COUNT, VM(restart_delay), .min = 1, .max = 3600,
                .preset = "10", .metavar = "SECONDS",
                .doc = N_("How long after its end that is, in seconds.")},
        {"vm", .name = "restart-from-snapshot", KEY_BOOL, VM(restart_from_snapshot), .preset = "no",
                .doc = N_("Whether it is started once more when restart-on-failure= has not "
                          "helped, from its last good snapshot: each writable disk with backing= "
                          "goes back to what it stands on, as it was when playthrough disk "
                          "snapshot --overlay was said. It gets a new overlay, and the old one "
                          "stays under its name. Other disks stay as they are.")},
        {"cpu", .name = "count", KEY_COUNT, VM(cpus), .min = 1, .max = 255, .preset = "2",
                .metavar = "N", .doc = N_("How many processors.")},
        {"cpu", .name = "model", KEY_MODEL, VM(cpu_model), .max = 48, .preset = "host",
                .metavar = "MODEL",
                .doc = N_("A processor model of QEMU; host is this PC's own, and without KVM the "
                          "best that can be emulated.")},
        {"cpu", .name = "features", KEY_FEATURES, VM(cpu_features), .max = 1000, .metavar = "LIST",
                .doc = N_("Features of the processor to be switched on and off, as "
                          "qemu-system-x86_64 -cpu help names them: +invtsc,-hypervisor. They come "
                          "after all that Playthrough chooses.")},
        {"cpu", .name = "pin", KEY_PROCESSORS, VM(cpu_pin), .max = 1000, .preset = "auto",
                .metavar = "auto | no | LIST",
                .doc = N_("Which processors of this PC run it: auto chooses whole cores that share "
                          "a cache, no leaves it to the kernel, and a list such as 4-7,12-15 names "
                          "them, one for each of the guest's.")},
        {"cpu", .name = "isolate", KEY_WORD, VM(isolate), .words = auto_words, .preset = "auto",
                .doc = N_("Whether this PC's own programs, interrupts and kernel workers stay off "
                          "the cores that run it, while it runs. auto is yes where a graphics card "
                          "is passed. It needs pinned processors, and systemd with control groups "
                          "of version 2 for programs.")},
        {"cpu", .name = "hide-hypervisor", KEY_BOOL, VM(hide_hypervisor), .preset = "no",
                .doc = N_(
                        "Hides the signature of the hypervisor, which some graphics drivers refuse "
                        "(error 43).")},
        {"cpu", .name = "accel", KEY_WORD, VM(accel), .words = accel_words, .preset = "kvm",
                .doc = N_("kvm needs a processor that virtualizes; tcg emulates one, slowly; auto "
                          "takes kvm where it can be used.")},
        {"memory", .name = "size", KEY_SIZE, VM(memory_bytes), .min = 64ull << 20,
                .max = 4ull << 40, .words = size_words, .preset = "2G", .metavar = "SIZE | max",
                .doc = N_("How much memory, in whole MiB: 2048M, 8G. max is all that is available "
                          "when the VM starts, but for what the host needs.")},
        {"memory", .name = "hugepages", KEY_WORD, VM(hugepages), .words = pages_words,
                .preset = "no",
                .doc = N_("Pages of 2 MiB or 1 GiB, set aside while the VM runs. Without them the "
                          "kernel uses large pages where it finds some.")},
        {"memory", .name = "numa", KEY_WORD, VM(numa), .words = numa_words, .preset = "auto",
                .doc = N_("Where this PC has several nodes of memory: auto gives the guest memory "
                          "of those that its processors belong to, and as many nodes of its own, "
                          "with cards on the right one; no leaves that to the kernel.")},
        {"boot", .name = "firmware", KEY_WORD, VM(firmware), .words = firmware_words,
                .preset = "uefi", .doc = N_("The firmware of the guest.")},
        {"boot", .name = "secure-boot", KEY_WORD, VM(secure_boot), .words = auto_words,
                .preset = "auto",
                .doc = N_(
                        "Whether the firmware boots only what is signed by Microsoft's keys. auto "
                        "is yes for windows-11, which wants it.")},
        {"boot", .name = "tpm", KEY_WORD, VM(tpm), .words = auto_words, .preset = "auto",
                .doc = N_(
                        "Whether there is a security chip, a TPM 2.0. auto is yes for windows-11, "
                        "which wants it.")},
        {"boot", .name = "kernel", KEY_FILE, VM(kernel), .metavar = "FILE",
                .doc = N_("Boots this Linux kernel directly, without firmware menus or loader.")},
        {"boot", .name = "initrd", KEY_FILE, VM(initrd), .metavar = "FILE",
                .doc = N_("The initial RAM disk of kernel=.")},
        {"boot", .name = "cmdline", KEY_TEXT, VM(cmdline), .max = 2000, .metavar = "TEXT",
                .doc = N_("The command line of kernel=.")},
        {"smbios", .name = "manufacturer", KEY_ASCII, VM(smbios_manufacturer), .max = 64,
                .metavar = "TEXT", .doc = N_("Who has made it.")},
        {"smbios", .name = "product", KEY_ASCII, VM(smbios_product), .max = 64, .metavar = "TEXT",
                .doc = N_("What it is called.")},
        {"smbios", .name = "version", KEY_ASCII, VM(smbios_version), .max = 64, .metavar = "TEXT",
                .doc = N_("Which version of it.")},
        {"smbios", .name = "serial", KEY_ASCII, VM(smbios_serial), .max = 64, .metavar = "TEXT",
                .doc = N_("Its serial number.")},
        {"smbios", .name = "sku", KEY_ASCII, VM(smbios_sku), .max = 64, .metavar = "TEXT",
                .doc = N_("Its number in the shop.")},
        {"smbios", .name = "family", KEY_ASCII, VM(smbios_family), .max = 64, .metavar = "TEXT",
                .doc = N_("The family of machines.")},
        {"display", .name = "type", KEY_WORD, VM(display), .words = display_words, .preset = "auto",
                .doc = N_("virtio and std are emulated cards; auto is none when a graphics card is "
                          "passed and virtio otherwise.")},
        {"sound", .name = "type", KEY_WORD, VM(sound), .words = sound_words, .preset = "auto",
                .doc = N_("hda is a card that every system has a driver for; auto is none when a "
                          "graphics card or a sound function of this PC is passed and hda "
                          "otherwise.")},
        {"sound", .name = "microphone", KEY_BOOL, VM(microphone), .preset = "no",
                .doc = N_("Whether the guest may hear the microphone of whoever plays.")},
        {"looking-glass", .name = "resolution", KEY_RESOLUTION, VM(glass_resolution),
                .metavar = "WIDTHxHEIGHT",
                .doc = N_("The largest picture of the guest, such as 2560x1440, which the size of "
                          "the memory follows from. Without it there is none.")},
        {"looking-glass", .name = "hdr", KEY_BOOL, VM(glass_hdr), .preset = "no",
                .doc = N_("Whether there is room for pictures with a high dynamic range (HDR).")},
        {"looking-glass", .name = "memory", KEY_WORD, VM(glass_memory), .words = glass_words,
                .preset = "auto",
                .doc = N_("file is /dev/shm/looking-glass-NAME, with the name of the profile; "
                          "kvmfr is /dev/kvmfr0 of the kernel module kvmfr, which is faster; auto "
                          "takes kvmfr where it is there and large enough.")},
        {"monitor", .name = "input-while-playing", KEY_WORD, VM(monitor_input),
                .words = monitor_words, .preset = "none",
                .doc = N_("The input of the monitor that the guest's card is plugged into. The "
                          "monitor is switched to it when the game runs (DDC/CI), and back when it "
                          "has ended. none leaves that to the buttons of the monitor.")},
        {"monitor", .name = "connector", KEY_TEXT, VM(monitor_connector), .max = 32,
                .metavar = "NAME",
                .doc = N_("The connector of this PC's own card that leads to the monitor, as "
                          "/sys/class/drm has it: HDMI-A-1, DP-2. It may be left out where only "
                          "one is in use.")},
        {NULL, .name = "type", KEY_WORD, NET(type), .words = network_words, .preset = "user",
                .doc = N_("user reaches out through this PC; from outside it is reached by the "
                          "ports of forward= only. none is no network. bridge and ovs make the "
                          "guest a neighbour on a bridge of this PC, of Linux or of Open vSwitch; "
                          "macvtap one on the network behind a network card; private gives it a "
                          "network with this PC alone.")},
        {NULL, .name = "forward", KEY_FORWARD, NET(forward), .repeats = true, .max = 1000,
                .metavar = "PORTS",
                .doc = N_(
                        "Ports of this PC that lead to the guest: tcp:PORT, udp:FIRST-LAST, "
                        "tcp:PORT:GUESTPORT, tcp:ADDRESS:PORT:GUESTPORT, or the ports of a "
                        "program: rdp, sunshine, steam, ssh (from port 2222). May repeat. Without "
                        "ADDRESS, which is one of this PC's, everybody reaches them who reaches "
                        "this PC; 127.0.0.1 is for programs of this PC alone.")},
        {NULL, .name = "link", KEY_LINK, NET(link), .metavar = "LINK",
                .doc = N_("Which link of this PC: the bridge of type=bridge or ovs, the network "
                          "card of macvtap. bridge without it is a bridge of Playthrough's own, "
                          "where VMs reach one another and nothing else.")},
        {NULL, .name = "vlan", KEY_COUNT, NET(vlan), .min = 0, .max = 4094, .preset = "0",
                .metavar = "N",
                .doc = N_("The VLAN that the guest is in without knowing, of ovs, or of a bridge "
                          "that filters VLANs. 0 is none.")},
        {NULL, .name = "model", KEY_WORD, NET(nic), .words = nic_words, .preset = "auto",
                .doc = N_("The network card that the guest finds. virtio is fast, with a queue for "
                          "each of up to 4 processors where it is on a link of this PC; e1000e has "
                          "a driver in every installer. auto is e1000e for Windows.")},
        {NULL, .name = "mac", KEY_MAC, NET(mac), .metavar = "MAC",
                .doc = N_("The address of that card, 52:54:00:12:34:56. Without it a card on a "
                          "link of this PC, and every one of [network NAME], has one that is made "
                          "from the VM's name, its own and this PC's, and stays the same.")},
        {NULL, .name = "vhost", KEY_WORD, NET(vhost), .words = auto_words, .preset = "auto",
                .doc = N_("Whether the kernel moves the packets of virtio on a link of this PC, in "
                          "place of QEMU. auto is yes where it can.")},
        {NULL, .name = "backend", KEY_WORD, NET(backend), .words = backend_words, .preset = "auto",
                .doc = N_("What carries type=user: slirp within QEMU, or the program passt beside "
                          "it, which is faster and knows IPv6. auto takes passt where it is "
                          "installed and this PC has a way out, and slirp elsewhere.")},
        {"console", .name = "clipboard", KEY_BOOL, VM(clipboard), .preset = "yes",
                .doc = N_(
                        "Whether the agent in the guest may have what is copied at the viewer, and "
                        "the viewer what is copied in the guest.")},
        {"console", .name = "usb-channels", KEY_COUNT, VM(usb_channels), .min = 0,
                .max = PROFILE_USB_CHANNELS_MOST, .preset = "0", .metavar = "N",
                .doc = N_("How many USB devices viewers can plug into the guest from where they "
                          "are. Each takes one of the 13 ports that devices of this PC have "
                          "otherwise.")},
        {NULL, .name = "address", KEY_PCI_ADDRESS, PCI(address), .required = true,
                .metavar = "ADDRESS",
                .doc = N_("Where it is found: domain:bus:device.function, as lspci -D shows it.")},
        {NULL, .name = "id", KEY_ID, PCI(vendor), .second = offsetof(struct profile_pci, device),
                .required = true, .metavar = "VVVV:DDDD",
                .doc = N_("What it is: vendor and device, as lspci -n shows them. Anything else at "
                          "that address is never taken.")},
        {NULL, .name = "path", KEY_PCI_PATH, PCI(path), .metavar = "PATH",
                .doc = N_("Where it sits: the slots from the root bus down, 0000:00:01.0/00.0. It "
                          "tells two equal cards apart, and does not move with bus numbers.")},
        {NULL, .name = "subsystem", KEY_ID, PCI(subsystem_vendor),
                .second = offsetof(struct profile_pci, subsystem_device), .metavar = "VVVV:DDDD",
                .doc = N_("What the maker of the card calls it.")},
        {NULL, .name = "serial", KEY_PCI_SERIAL, PCI(serial), .metavar = "HEX16",
                .doc = N_("Its PCI Express serial number, for those that have one.")},
        {NULL, .name = "romfile", KEY_FILE, PCI(romfile), .metavar = "FILE",
                .doc = N_("A copy of its expansion ROM, used in place of its own.")},
        {NULL, .name = "rombar", KEY_WORD, PCI(rombar), .words = auto_words, .preset = "auto",
                .doc = N_("Whether the guest finds a ROM on it. no is for cards whose ROM hangs "
                          "the guest when it starts; auto leaves it to QEMU, which shows what the "
                          "card has.")},
        {"pci", .name = "boot", KEY_COUNT, PCI(boot), .min = 0, .max = PROFILE_BOOT_MOST,
                .preset = "0", .metavar = "N",
                .doc = N_("Its place in the boot order, for a passed disk or network controller, "
                          "from 1 on. 0 is none.")},
#define VIRTUAL_FUNCTION(in)                                                                       \
	{in, .name = "virtual-function", KEY_VIRTUAL_FUNCTION, PCI(virtual_function),              \
	        .preset = "no", .metavar = "no | auto | N",                                        \
	        .doc = N_("Gives the guest a virtual function of it (SR-IOV), while the "          \
	                  "function itself stays with this PC: number N from 0 on, or auto, "      \
	                  "the first that nobody uses. Where there are none yet, they are made "   \
	                  "for the game and removed after it.")},                                  \
	{                                                                                          \
		in, .name = "virtual-function-count", KEY_COUNT, PCI(virtual_functions), .min = 1, \
		    .max = PROFILE_VIRTUAL_MOST, .preset = "1", .metavar = "N",                    \
		    .doc = N_(                                                                     \
		            "How many virtual functions are made where there are none yet: as "    \
		            "many "                                                                \
		            "as there are VMs that run at once and want one of it, for a number "  \
		            "that is there is never changed.")                                     \
	}
        VIRTUAL_FUNCTION("gpu"),
        {"gpu", .name = "mediated", KEY_MEDIATED, PCI(mediated), .max = 80, .metavar = "TYPE",
                .doc = N_("Gives the guest a device that the card's own driver makes of a part of "
                          "it (a mediated device, vGPU), by the word that its kind has in "
                          "mdev_supported_types: i915-GVTg_V5_4, nvidia-63. It is made for the "
                          "game and removed after it.")},
        VIRTUAL_FUNCTION("pci"),
        {"pci", .name = "mac", KEY_MAC, PCI(mac), .metavar = "MAC",
                .doc = N_("The address of a virtual function of a network card. Without it the "
                          "guest has one that is made from the names of the VM and the section "
                          "and from this PC's, and stays the same.")},
        {"pci", .name = "vlan", KEY_COUNT, PCI(vlan), .min = 0, .max = 4094, .preset = "0",
                .metavar = "N",
                .doc = N_("The VLAN that such a virtual function is in without the guest knowing. "
                          "0 is none.")},
        {"gpu", .name = "bar-size", KEY_WORD, PCI(bar_size), .words = bar_words, .preset = "auto",
                .doc = N_("How much of its memory the processor reaches at once (resizable BAR) "
                          "while the guest has it. auto leaves it as this PC's firmware has set "
                          "it; a small size is for guests that cannot place a large one.")},
        {"gpu", .name = "primary", KEY_WORD, PCI(primary), .words = auto_words, .preset = "auto",
                .doc = N_("Whether it is the guest's first screen. auto is yes where there is no "
                          "emulated card. no adds one to fall back on. With firmware=bios a card "
                          "that is first is also the guest's VGA (x-vga of QEMU), if it is a VGA "
                          "card.")},
        {"gpu", .name = "reset-method", KEY_WORD, PCI(reset_method), .words = reset_words,
                .preset = "auto",
                .doc = N_("How the kernel resets the card while the guest has it, by the word that "
                          "it has for that in /sys/bus/pci/devices/ADDRESS/reset_method. auto "
                          "leaves the order that is there; another is for cards that do not "
                          "survive the first way of it.")},
        {"gpu", .name = "hand-over", KEY_BOOL, PCI(hand_over), .preset = "no",
                .doc = N_("Whether this PC uses the card itself until the game starts, and gets it "
                          "back when the game has ended.")},
        {"gpu", .name = "hand-over-stop", KEY_UNITS, PCI(hand_over_stop), .repeats = true,
                .max = 400, .metavar = "SERVICE",
                .doc = N_("Services of systemd that are stopped when the card is handed over, and "
                          "started again afterwards: display-manager.service, with all who are "
                          "logged in by it. May repeat.")},
        {"pci", .name = "guest-volumes", KEY_BOOL, PCI(guest_volumes), .preset = "no",
                .doc = N_("Whether what LVM, RAID, ZFS, bcache or a btrfs of several disks have "
                          "on the disks of this controller is the guest's own. Without it a "
                          "controller with such disks is refused, as the disks would be.")},
        {NULL, .name = "device", KEY_DISK_PATH, DISK(device), .metavar = "PATH",
                .doc = N_("A disk of this PC by its link in /dev/disk/by-id, or one partition by "
                          "its link in /dev/disk/by-partuuid or NAME-part2 in /dev/disk/by-id. "
                          "Either this, image= or url=.")},
        {NULL, .name = "image", KEY_FILE, DISK(image), .metavar = "FILE",
                .doc = N_("A disk image.")},
        {NULL, .name = "url", KEY_DISK_URL, DISK(url), .max = 1000, .metavar = "URL",
                .doc = N_("A disk on the network, which QEMU connects to: "
                          "nbd://HOST[:PORT]/EXPORT, nbd+unix:///EXPORT?socket=PATH, "
                          "iscsi://[USER@]HOST[:PORT]/TARGET/LUN, rbd:POOL/IMAGE[:id=USER] or "
                          "nfs://HOST/PATH.")},
        {NULL, .name = "secret-file", KEY_FILE, DISK(secret_file), .metavar = "FILE",
                .doc = N_("What the server of url= wants to hear is the first line of this file, "
                          "which is kept as that of passphrase-file=: the password of an iSCSI "
                          "USER (CHAP), or the key of a Ceph user.")},
        {NULL, .name = "format", KEY_WORD, DISK(format), .words = format_words, .metavar = NULL,
                .doc = N_("The format of image=, which is never guessed. The default is raw.")},
        {NULL, .name = "backing", KEY_TEXT, DISK(backing), .max = 4000,
                .metavar = "FORMAT:FILE[|FORMAT:FILE...]",
                .doc = N_("What a qcow2 image= stands on, the nearest first. What an image itself "
                          "says of that is not followed. playthrough disk snapshot --overlay "
                          "writes it.")},
        {NULL, .name = "passphrase-file", KEY_FILE, DISK(passphrase_file), .metavar = "FILE",
                .doc = N_("The passphrase of an encrypted qcow2 image= is the first line of this "
                          "file, which must be root's (without root, one's own), and readable by "
                          "nobody else.")},
        {NULL, .name = "serial", KEY_TEXT, DISK(serial), .max = 64, .metavar = "TEXT",
                .doc = N_(
                        "The serial number: what the disk of device= must have, and what the guest "
                        "sees (the first 20 characters). Of a partition it is that of the whole "
                        "disk, and the guest sees the section's name.")},
        {NULL, .name = "size", KEY_SIZE, DISK(size), .min = 512, .max = 1ull << 60,
                .metavar = "SIZE",
                .doc = N_("The size in bytes that the disk or partition of device= must have.")},
        {NULL, .name = "writable", KEY_BOOL, DISK(writable), .preset = "no",
                .doc = N_("Whether the guest may write to it.")},
        {NULL, .name = "bus", KEY_WORD, DISK(bus), .words = bus_words, .preset = "auto",
                .doc = N_("What the guest finds it on. Windows has drivers for nvme and sata, and "
                          "those for virtio and scsi come with virtio-win. auto is virtio, and "
                          "for Windows what a disk of this PC hangs on itself, else nvme.")},
        {NULL, .name = "aio", KEY_WORD, DISK(aio), .words = aio_words, .preset = "auto",
                .doc = N_("How QEMU reads and writes: by the kernel (native, which needs a cache= "
                          "of none or directsync, or io_uring), or by threads of its own. auto is "
                          "native past this PC's cache, and threads through it.")},
        {NULL, .name = "cache", KEY_WORD, DISK(cache), .words = cache_words, .preset = "auto",
                .doc = N_("Whether this PC's cache holds what the guest reads and writes: none and "
                          "directsync go past it, writeback and writethrough through it, and with "
                          "writethrough and directsync each write is on the disk before the guest "
                          "goes on. auto is none where that works, else writeback.")},
        {NULL, .name = "discard", KEY_WORD, DISK(discard), .words = discard_words,
                .preset = "unmap",
                .doc = N_("What becomes of space that the guest gives up (TRIM): unmap gives it "
                          "back to the disk or file system.")},
        {NULL, .name = "io-thread", KEY_WORD, DISK(io_thread), .words = auto_words,
                .preset = "auto",
                .doc = N_("Whether a thread of its own serves the disk, on bus virtio or scsi; "
                          "such disks share one. auto is yes for a disk of this PC.")},
        {NULL, .name = "queues", KEY_COUNT, DISK(queues), .min = 0, .max = 64, .preset = "0",
                .metavar = "N",
                .doc = N_("How many queues it has on bus virtio or scsi. 0 is one for each of the "
                          "guest's processors.")},
        {NULL, .name = "boot", KEY_COUNT, DISK(boot), .min = 0, .max = PROFILE_BOOT_MOST,
                .preset = "0", .metavar = "N",
                .doc = N_("Its place in the boot order, from 1 on. Disks without one come after "
                          "those with one, as they stand in the profile.")},
        {NULL, .name = "guest-volumes", KEY_BOOL, DISK(guest_volumes), .preset = "no",
                .doc = N_("Whether what LVM, RAID, ZFS, bcache or a btrfs of several disks have "
                          "on the disk of device= is the guest's own. Without it such a disk is "
                          "taken for one of this PC's and refused, also while nothing has it "
                          "open.")},
        {NULL, .name = "file", KEY_FILE, CDROM(file), .metavar = "FILE",
                .doc = N_("The image that is in it when the VM starts. Without it the drive is "
                          "empty.")},
        {NULL, .name = "boot", KEY_COUNT, CDROM(boot), .min = 0, .max = PROFILE_BOOT_MOST,
                .preset = "0", .metavar = "N",
                .doc = N_("Its place in the boot order, from 1 on. Without one it comes after all "
                          "disks.")},
        {NULL, .name = "id", KEY_ID, USB(vendor), .second = offsetof(struct profile_usb, product),
                .metavar = "VVVV:PPPP", .doc = N_("Vendor and product, as lsusb shows them.")},
        {NULL, .name = "serial", KEY_TEXT, USB(serial), .max = 64, .metavar = "TEXT",
                .doc = N_("Its serial number.")},
        {NULL, .name = "port", KEY_USB_PORT, USB(port), .metavar = "PORT",
                .doc = N_(
                        "The port it is plugged into: PCI address of the controller and the chain "
                        "of ports, 0000:00:14.0/2.3.")},
        {NULL, .name = "hub", KEY_USB_PORT, USB(hub), .metavar = "PORT",
                .doc = N_("The port of a hub: whatever is plugged in behind it.")},
        {NULL, .name = "device", KEY_INPUT_PATH, INPUT(device), .required = true, .metavar = "PATH",
                .doc = N_("Its link in /dev/input/by-id or /dev/input/by-path, whose name ends "
                          "with -event-kbd or -event-mouse.")},
        {NULL, .name = "grab-toggle", KEY_WORD, INPUT(toggle), .words = toggle_words,
                .preset = "ctrl-ctrl",
                .doc = N_("The keys that give it to this PC and to the guest again: both Ctrl "
                          "keys, both Alt keys, both Windows keys, Scroll Lock, or Ctrl with "
                          "Scroll Lock. Those of the first keyboard are for every mouse too.")},
        {NULL, .name = "repeat", KEY_BOOL, INPUT(repeat), .preset = "yes",
                .doc = N_("Whether a key that is held down repeats in the guest.")},
        {0},
};

/* --- finding, and what may have been meant --- */

const struct key_section *key_section_find(const char *name, struct err *err)
{
	cleanup_strv struct strv known = {0};
	cleanup_free char *all = NULL;
	struct nearest nearest = {.word = name};

	for (const struct key_section *s = key_sections; s->name; s++) {
		if (streq(s->name, name))
			return s;
		nearest_consider(&nearest, s->name);
		strv_add(&known, s->name);
	}
	err_set(err, -EINVAL, _("unknown section [%.40s]"), name);
	all = strv_join(&known, ", ");
	if (nearest.best)
		err_hint(err, _("did you mean [%s]?"), nearest.best);
	else
		err_hint(err, _("known sections are %s"), all);
	return NULL;
}

const struct key_section *key_section_of_pci(enum profile_pci_kind kind)
{
	const struct key_section *s = key_sections;

	while (s->name && !(s->form == KEY_FORM_PCI && s->kind == kind))
		s++;
	return s;
}

bool key_belongs(const struct key *key, const struct key_section *section)
{
	return key->form == section->form && (!key->section || streq(key->section, section->name));
}

/* The section that has a key of this name, for a key that was written into another one. */
static const struct key_section *other_section(const char *name)
{
	for (const struct key *k = key_table; k->name; k++)
		for (const struct key_section *s = key_sections; s->name; s++)
			if (streq(k->name, name) && key_belongs(k, s))
				return s;
	return NULL;
}

static void hint_key(const struct key_section *section, const char *name, struct err *err)
{
	const struct key_section *other = other_section(name);
	cleanup_strv struct strv known = {0};
	cleanup_free char *all = NULL;
	struct nearest nearest = {.word = name};

	for (const struct key *k = key_table; k->name; k++) {
		if (!key_belongs(k, section))
			continue;
		nearest_consider(&nearest, k->name);
		strv_add(&known, k->name);
	}
	all = strv_join(&known, ", ");
	if (nearest.best)
		err_hint(err, _("did you mean %s=?"), nearest.best);
	else if (other)
		err_hint(err, _("%s= belongs into [%s]; [%s] has %s"), name, other->name,
		        section->name, all);
	else
		err_hint(err, _("[%s] has %s"), section->name, all);
}

const struct key *key_find(const struct key_section *section, const char *name, struct err *err)
{
	for (const struct key *k = key_table; k->name; k++)
		if (streq(k->name, name) && key_belongs(k, section))
			return k;
	err_set(err, -EINVAL, _("unknown key %.40s= in [%s]"), name, section->name);
	hint_key(section, name, err);
	return NULL;
}

/* --- fields --- */

void key_preset(const struct key_section *section, void *object)
{
	for (const struct key *k = key_table; k->name; k++) {
		if (!key_belongs(k, section))
			continue;
		if (k->preset)
			key_set(k, object, k->preset, NULL);
		else if (k->type == KEY_ID)
			value_clear_id(k, object);
	}
}

void key_finish(const struct key_section *section, void *object)
{
	for (const struct key *k = key_table; k->name; k++)
		if (key_belongs(k, section) && value_is_string(k))
			free_ptr((char *)object + k->offset);
}
