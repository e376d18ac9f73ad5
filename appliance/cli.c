/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line's main: options, the table of commands, help. See playthrough(1). */
#include "cli.h"
#include "cli_disk.h"
#include "cli_disk_image.h"
#include "cli_profile_import.h"
#include "base/i18n.h"
#include "base/version.h"
#include "bus/text.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum {
	JSON = 1ull << 0,
	FORCE = 1ull << 1,
	KEEP = 1ull << 2,
	PICTURE = 1ull << 3,
	WHY = 1ull << 4,
	BY = 1ull << 5,
	AS = 1ull << 6,
	ALL = 1ull << 7,
	GUEST = 1ull << 8,
	GPU = 1ull << 9,
	USB = 1ull << 10,
	DISK = 1ull << 11,
	MEMORY = 1ull << 12,
	CPUS = 1ull << 13,
	DRY_RUN = 1ull << 14,
	LISTEN = 1ull << 15,
	WEB = 1ull << 16,
	MINUTES = 1ull << 17,
	VV = 1ull << 18,
	FORMAT = 1ull << 19,
	TO = 1ull << 20,
	BACKING = 1ull << 21,
	REPAIR = 1ull << 22,
	PASSPHRASE = 1ull << 23,
	ENCRYPT = 1ull << 24,
	SHRINK = 1ull << 25,
	OVERLAY = 1ull << 26,
	INCREMENTAL = 1ull << 27,
	REMOVE = 1ull << 28,
	SVG = 1ull << 29, /* disk qualify */
	WRITE = 1ull << 30,
	QUICK = 1ull << 31,
	CONFIRM = 1ull << 32,
	AS_VM = 1ull << 33,
	IMAGES = 1ull << 34,
	REHEARSE = 1ull << 35,
	PROMETHEUS = 1ull << 36,
	TRUST = 1ull << 37,
	FROM = 1ull << 38,
	EXPORT_TO = 1ull << 39,
	YES = 1ull << 40,
	TAKE = 1ull << 41,
};

static const struct cli_option {
	const char *name, *value; /* value's name for people; NULL: takes none */
	uint64_t bit;
	const char *help;
} options[] = {
        {"--json", NULL, JSON, N_("print one JSON document")},
        {"--prometheus", NULL, PROMETHEUS, N_("print figures of all VMs for Prometheus")},
        {"--force", NULL, FORCE, N_("do not ask the guest to shut down: end QEMU")},
        {"--keep", NULL, KEEP, N_("leave the guest running after its report")},
        {"--picture", "FILE", PICTURE, N_("write the guest's screen into FILE (PNG)")},
        {"--all", NULL, ALL, N_("empty sockets too")},
        {"--why", NULL, WHY, N_("tell which rule decides, and which ones are weaker")},
        {"--by", "WHAT", BY, N_("go by device (the default), serial, port, hub or controller")},
        {"--as", "SECTION", AS, N_("name of the section in the profile")},
        {"--guest", "GUEST", GUEST, N_("windows-11, windows-10, linux or other")},
        {"--gpu", "ADDRESS", GPU, N_("this graphics card (more than once for more), or none")},
        {"--usb", "ADDRESS", USB, N_("this USB controller, or none")},
        {"--disk", "PATH", DISK, N_("a whole disk of /dev/disk/by-id, or an image file")},
        {"--memory", "SIZE", MEMORY, N_("so much memory, such as 8G")},
        {"--cpus", "N", CPUS, N_("so many processors")},
        {"--dry-run", NULL, DRY_RUN, N_("print the profile and write nothing")},
        {"--yes", NULL, YES, N_("ask nothing, and take what is proposed")},
        {"--listen", "[ADDRESS:]PORT", LISTEN, N_("where viewers come; by default port 5930")},
        {"--web", "[ADDRESS:]PORT", WEB, N_("where browsers come; by default nowhere")},
        {"--minutes", "N", MINUTES, N_("how long the ticket is good; 0: until the next one")},
        {"--as", "NAME", AS_VM, N_("another name for the VM")},
        {"--images", "FOLDER", IMAGES, N_("where the images of its disks go")},
        {"--dry-run", NULL, REHEARSE, N_("tell what would be written where, and write nothing")},
        {"--force", NULL, TAKE, N_("though the guest uses it and keeps it shut")},
        {"--trust", NULL, TRUST,
                N_("let its guest read the files of this PC that the profile names")},
        {"--from", "FORMAT", FROM,
                N_("libvirt, proxmox, vmware, quickemu or qemu, whatever the file looks like")},
        {"--vv", NULL, VV, N_("print a file that remote-viewer opens")},
        {"--format", "FORMAT", FORMAT, N_("of the image: raw, qcow2, vmdk, vdi or vhdx")},
        {"--to", "FORMAT", TO, N_("of the new image: qcow2 (the default) or raw")},
        {"--to", "PROGRAM", EXPORT_TO, N_("libvirt, proxmox, kubevirt or systemd")},
        {"--backing", "FORMAT:FILE", BACKING, N_("what the image stands on, as in a profile")},
        {"--repair", "WHAT", REPAIR, N_("mend leaks, or all")},
        {"--passphrase-file", "FILE", PASSPHRASE,
                N_("its first line is the passphrase; - is standard input")},
        {"--encrypt", NULL, ENCRYPT, N_("with a passphrase (LUKS)")},
        {"--shrink", NULL, SHRINK, N_("make it smaller, and lose what lies behind the new end")},
        {"--overlay", NULL, OVERLAY, N_("a new image on top of this one, in place of it")},
        {"--incremental", NULL, INCREMENTAL, N_("only what has changed since the last one")},
        {"--remove", NULL, REMOVE, N_("take that snapshot out of the image")},
        {"--svg", "FILE", SVG, N_("draw what was measured into FILE (SVG)")},
        {"--quick", NULL, QUICK, N_("a quarter of the time, and less sure")},
        {"--write", NULL, WRITE, N_("write too: to an empty disk, or in a folder")},
        {"--confirm", "NAME", CONFIRM, N_("the serial number or folder that may be written to")},
};

static const struct command {
	const char *name, *arguments;
	unsigned min, max;
	uint64_t options;
	int (*run)(struct cli *cli, struct err *err);
	const char *summary;
} commands[] = {
        {"list", "", 0, 0, JSON, command_list, N_("the VMs and what they do")},
        {"show", "NAME", 1, 1, 0, command_show, N_("a VM's profile, as it is read")},
        {"start", "NAME", 1, 1, 0, command_start, N_("start a VM")},
        {"stop", "NAME", 1, 1, FORCE, command_stop, N_("shut a VM down, give its devices back")},
        {"status", "[NAME]", 0, 1, JSON | PROMETHEUS, command_status,
                N_("what runs, with which devices")},
        {"pause", "NAME", 1, 1, 0, command_pause, N_("let a VM's processors stand still")},
        {"resume", "NAME", 1, 1, 0, command_resume, N_("let a paused VM go on")},
        {"sleep", "NAME", 1, 1, 0, command_sleep, N_("have a VM's guest sleep, by its agent")},
        {"screenshot", "NAME FILE", 2, 2, 0, command_screenshot,
                N_("write a VM's emulated screen into FILE (PNG)")},
        {"log", "NAME", 1, 1, 0, command_log, N_("what a VM said on its serial console")},
        {"report", "NAME [FILE]", 1, 2, 0, command_report,
                N_("write down what went wrong, to be passed on")},
        {"support", "[FILE]", 0, 1, 0, command_support,
                N_("write down all that is known here, to be passed on")},
        {"test-drive", "NAME", 1, 1, JSON | KEEP | PICTURE, command_test_drive,
                N_("boot a small guest of our own and report what works in it")},
        {"usb list", "", 0, 0, JSON | ALL | WHY, command_usb_list,
                N_("USB devices and who has them")},
        {"usb show", "DEVICE", 1, 1, JSON, command_usb_show, N_("all about one USB device")},
        {"usb attach", "NAME DEVICE", 2, 2, 0, command_usb_attach,
                N_("give a USB device (1-2.3, 046d:c52b or port) to a running VM")},
        {"usb detach", "NAME DEVICE", 2, 2, 0, command_usb_detach,
                N_("take a USB device back from a VM")},
        {"usb give-back", "", 0, 0, 0, command_usb_give_back,
                N_("take every USB device back from all VMs")},
        {"usb assign", "NAME DEVICE", 2, 2, JSON | BY | AS, command_usb_assign,
                N_("give a USB device, port or hub to a VM for good")},
        {"usb unassign", "NAME DEVICE|SECTION", 2, 2, JSON, command_usb_unassign,
                N_("take such a rule out again")},
        {"console enable", "", 0, 0, LISTEN | WEB | MINUTES, command_console_enable,
                N_("let viewers on the network come, with a ticket")},
        {"console disable", "", 0, 0, 0, command_console_disable,
                N_("let nobody on the network come, and who is there go")},
        {"console status", "", 0, 0, JSON | VV, command_console_status,
                N_("where the console is, and who looks")},
        {"console ticket", "", 0, 0, MINUTES | VV, command_console_ticket,
                N_("make a new ticket for viewers on the network")},
        {"cd list", "NAME", 1, 1, JSON, command_cd_list,
                N_("what is in a running VM's drives for CDs")},
        {"cd insert", "NAME [DRIVE] FILE", 2, 3, TAKE, command_cd_insert,
                N_("put an image into a drive of a running VM")},
        {"cd eject", "NAME [DRIVE]", 1, 2, TAKE, command_cd_eject,
                N_("take out what is in a drive of a running VM")},
        {"press", "NAME KEYS", 2, 2, 0, command_press,
                N_("press keys in a VM together: ctrl-alt-delete")},
        {"console", "[NAME]", 0, 1, JSON, command_console,
                N_("see the front end and the VMs' screens, from here or another PC")},
        {"profile check", "FILE|NAME", 1, 1, 0, command_profile_check,
                N_("say whether a profile is good")},
        {"profile offers", "", 0, 0, JSON, command_profile_offers,
                N_("what this PC offers a game, and why not the rest")},
        {"profile keys", "", 0, 0, 0, command_profile_keys,
                N_("every key of a profile: what it may be, and its default")},
        {"profile new", "NAME", 1, 1, GUEST | GPU | USB | DISK | MEMORY | CPUS | YES | DRY_RUN,
                command_profile_new, N_("write a new profile from what this PC offers")},
        {"profile export", "FILE|NAME", 1, 1, JSON | EXPORT_TO, command_profile_export,
                N_("print a profile as another program's definition, and what is lost")},
        {"profile import", "FILE", 1, 1, AS_VM | FROM | DRY_RUN | JSON, command_profile_import,
                N_("make a profile of a machine of libvirt, Proxmox, VMware, Quickemu or QEMU")},
        {"profile edit", "NAME", 1, 1, 0, command_profile_edit,
                N_("edit a profile; written only when it is good")},
        {"profile remove", "NAME", 1, 1, 0, command_profile_remove,
                N_("put a profile aside, so that it is no VM any more")},
        {"disk list", "", 0, 0, JSON, command_disk_list,
                N_("disks, what is on them, and which a game could have")},
        {"disk show", "DISK", 1, 1, JSON, command_disk_show,
                N_("all about one disk (its link, serial number or sda)")},
        {"disk qualify", "DISK|FILE", 1, 1, JSON | SVG | QUICK | WRITE | CONFIRM,
                command_disk_qualify, N_("say whether a disk is good for games (read-only)")},
        {"backup", "NAME FILE|FOLDER", 2, 2, JSON, command_backup,
                N_("copy a stopped VM into one file, and compare it")},
        {"restore", "FILE", 1, 1, AS_VM | IMAGES | REHEARSE | TRUST | JSON, command_restore,
                N_("make a VM from such a file, on this PC or another")},
        {"rom dump", "ADDRESS FILE", 2, 2, 0, command_rom_dump,
                N_("take a card's ROM out of it (as root)")},
        {"rom check", "FILE [ADDRESS]", 1, 2, JSON, command_rom_check,
                N_("say what a ROM file holds, and whether it is of a card")},
        {"rom trim", "FILE OUT", 2, 2, 0, command_rom_trim,
                N_("write a ROM file without what its maker put before it")},
        {"disk create", "FILE SIZE", 2, 2, JSON | FORMAT | ENCRYPT | PASSPHRASE,
                command_disk_create, N_("make a disk image")},
        {"disk info", "FILE|NAME DISK", 1, 2, JSON | FORMAT, command_disk_info,
                N_("what an image file is")},
        {"disk check", "FILE|NAME DISK", 1, 2, JSON | FORMAT | REPAIR | PASSPHRASE,
                command_disk_check, N_("say whether an image is whole")},
        {"disk resize", "FILE|NAME DISK SIZE", 2, 3, JSON | FORMAT | SHRINK | PASSPHRASE,
                command_disk_resize, N_("make an image larger")},
        {"disk snapshot", "FILE|NAME DISK TAG", 2, 3, JSON | FORMAT | OVERLAY | REMOVE | PASSPHRASE,
                command_disk_snapshot, N_("keep an image as it is now, to come back to")},
        {"disk snapshots", "FILE|NAME DISK", 1, 2, JSON | FORMAT, command_disk_snapshots,
                N_("the snapshots inside an image")},
        {"disk revert", "FILE|NAME DISK [TAG]", 1, 3,
                JSON | FORMAT | OVERLAY | BACKING | PASSPHRASE, command_disk_revert,
                N_("go back to a snapshot")},
        {"disk backup", "FILE|NAME DISK NEW", 2, 3,
                JSON | FORMAT | BACKING | INCREMENTAL | PASSPHRASE, command_disk_backup,
                N_("copy a disk, also while its VM runs")},
        {"disk compact", "FILE|NAME DISK", 1, 2, JSON | FORMAT | PASSPHRASE, command_disk_compact,
                N_("give back room that an image does not use")},
        {"disk convert", "FILE|NAME DISK NEW", 2, 3,
                JSON | FORMAT | TO | BACKING | ENCRYPT | PASSPHRASE, command_disk_import,
                N_("copy an image into a new one of another format")},
        {"disk import", "FILE NEW", 2, 2, JSON | FORMAT | TO | BACKING | ENCRYPT | PASSPHRASE,
                command_disk_import, N_("the same of a VMDK, VDI, VHDX, qcow2 or raw file")},
};

static void print_command(const struct command *command, FILE *out)
{
	fprintf(out, "playthrough %s%s%s", command->name, *command->arguments ? " " : "",
	        command->arguments);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (command->options & options[i].bit)
			fprintf(out, " [%s%s%s]", options[i].name, options[i].value ? " " : "",
			        options[i].value ? options[i].value : "");
	fputc('\n', out);
}

static int print_command_help(const struct command *command)
{
	fputs(_("Usage: "), stdout);
	print_command(command, stdout);
	printf("\n%s\n", _(command->summary));
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (command->options & options[i].bit)
			printf("  %s%s%s: %s\n", options[i].name, options[i].value ? " " : "",
			        options[i].value ? options[i].value : "", _(options[i].help));
	return 0;
}

static void print_usage(FILE *out)
{
	fputs(_("Usage: playthrough [--session|--system] COMMAND ...\n\n"), out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %-14s %-12s %s\n", commands[i].name, commands[i].arguments,
		        _(commands[i].summary));
	fputs(_("\n"
	        "  --session   your own daemon: no root, no passthrough; started when needed\n"
	        "  --system    the daemon of this PC (the default)\n"
	        "  --version   print the version and end\n"
	        "\n"
	        "playthrough help COMMAND tells its options, help CODE what the code of a message "
	        "means.\n"
	        "Any other command X runs playthrough-X.\n"
	        "Exit codes: 0 done, 1 failed, 2 wrong usage.\n"),
	        out);
}

static int wrong_usage(const struct command *command, const char *fmt, const char *what)
{
	cleanup_free char *harmless = text_harmless(what, false);
	cleanup_free char *text = xasprintf("%s%s", fmt, harmless);

	fprintf(stderr, "playthrough: %s\n", text);
	if (command) {
		fputs(_("Usage: "), stderr);
		print_command(command, stderr);
	} else {
		fputs(_("See: playthrough help\n"), stderr);
	}
	return EXIT_USAGE;
}

/* Whether @name's words are the first of argv; @words gets how many they are. */
static bool matches(const char *name, char **argv, int *words)
{
	cleanup_strv struct strv parts = {0};

	strv_split(&parts, name, " ");
	for (size_t i = 0; i < parts.n; i++)
		if (!argv[i] || !streq(argv[i], parts.list[i]))
			return false;
	*words = (int)parts.n;
	return true;
}

static const struct command *find_command(char **argv, int *words)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (matches(commands[i].name, argv, words))
			return &commands[i];
	return NULL;
}

/* "usb" alone or with a wrong word after it. */
static bool is_group(const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strncmp(commands[i].name, word, n) == 0 && commands[i].name[n] == ' ')
			return true;
	return false;
}

static void set_disk_option(struct cli *cli, uint64_t bit, const char *value)
{
	cli->encrypt |= bit == ENCRYPT;
	cli->shrink |= bit == SHRINK;
	cli->overlay |= bit == OVERLAY;
	cli->incremental |= bit == INCREMENTAL;
	cli->remove |= bit == REMOVE;
	if (bit == FORMAT)
		cli->format = value;
	if (bit == TO || bit == EXPORT_TO)
		cli->to = value;
	if (bit == BACKING)
		cli->backing = value;
	if (bit == REPAIR)
		cli->repair = value;
	if (bit == PASSPHRASE)
		cli->passphrase_file = value;
}

static void set_option(struct cli *cli, uint64_t bit, const char *value)
{
	cli->json |= bit == JSON;
	cli->prometheus |= bit == PROMETHEUS;
	cli->force |= bit == FORCE || bit == TAKE;
	cli->keep |= bit == KEEP;
	cli->all |= bit == ALL;
	cli->why |= bit == WHY;
	cli->dry_run |= bit == DRY_RUN || bit == REHEARSE;
	cli->vv |= bit == VV;
	cli->yes |= bit == YES;
	cli->trust |= bit == TRUST;
	set_disk_option(cli, bit, value);
	cli->quick |= bit == QUICK;
	cli->write |= bit == WRITE;
	if (bit == SVG)
		cli->svg = value;
	if (bit == CONFIRM)
		cli->confirm = value;
	if (bit == LISTEN)
		cli->listen = value;
	if (bit == WEB)
		cli->web = value;
	if (bit == MINUTES)
		cli->minutes = value;
	if (bit == GUEST)
		cli->guest = value;
	if (bit == MEMORY)
		cli->memory = value;
	if (bit == CPUS)
		cli->cpus = value;
	if (bit == GPU)
		strv_add(&cli->gpus, value);
	if (bit == USB)
		strv_add(&cli->usbs, value);
	if (bit == DISK)
		strv_add(&cli->disks, value);
	if (bit == BY)
		cli->by = value;
	if (bit == IMAGES)
		cli->images = value;
	if (bit == FROM)
		cli->from = value;
	if (bit == AS || bit == AS_VM)
		cli->as = value;
	if (bit == PICTURE)
		cli->picture = value;
}

static const struct cli_option *find_option(const struct command *command, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if ((command->options & options[i].bit) && streq(options[i].name, name))
			return &options[i];
	return NULL;
}

/* Sorts what follows the command's name into options and arguments. Returns 0 or an exit code. */
static int parse(struct cli *cli, const struct command *command, char **argv)
{
	bool only_arguments = false;
	unsigned n = 0;

	cli->args = argv;
	for (char **a = argv; *a; a++) {
		const struct cli_option *option;

		if (only_arguments || (*a)[0] != '-' || streq(*a, "-")) {
			if (n == command->max)
				return wrong_usage(command, _("one argument too many: "), *a);
			argv[n++] = *a;
			continue;
		}
		if (streq(*a, "--")) {
			only_arguments = true;
			continue;
		}
		option = find_option(command, *a);
		if (!option)
			return wrong_usage(command, _("unknown option: "), *a);
		if (option->value && !a[1])
			return wrong_usage(command, _("a value is missing after "), *a);
		set_option(cli, option->bit, option->value ? a[1] : NULL);
		a += option->value != NULL;
	}
	argv[n] = NULL;
	if (n < command->min)
		return wrong_usage(command, _("an argument is missing: "), command->arguments);
	return 0;
}

/*
 * A command of another package, found in PATH, or in sbin, which PATH lacks for users of Debian. Returns
 * only where there is none.
 */
static void run_other(const char *name, char **argv)
{
	static const char *const folders[] = {"", "/usr/local/sbin/", "/usr/sbin/"};

	if (strchr(name, '/') || name[0] == '-')
		return;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		cleanup_free char *program = xasprintf("%splaythrough-%s", folders[i], name);

		argv[0] = program;
		execvp(program, argv);
		argv[0] = (char *)name;
		if (errno != ENOENT)
			return;
	}
}

static int help_code(const char *name)
{
	cleanup_free char *harmless = text_harmless(name, false), *text = NULL;
	struct err err = {0};
	enum code code = code_find(harmless, &err);

	if (code == CODE_NONE) {
		err_print(&err, "playthrough");
		return EXIT_USAGE;
	}
	text = code_help(code);
	puts(text);
	return 0;
}

static int help(char **argv)
{
	const struct command *command;
	int words;

	if (!argv[0]) {
		print_usage(stdout);
		return 0;
	}
	command = find_command(argv, &words);
	if (command)
		return print_command_help(command);
	if (starts_with(argv[0], "PT-") || starts_with(argv[0], "pt-"))
		return help_code(argv[0]);
	return wrong_usage(NULL, _("unknown command: "), argv[0]);
}

static int run_command(struct cli *cli, const struct command *command, char **argv)
{
	struct err err = {0};
	int r;

	for (char **a = argv; *a && !streq(*a, "--"); a++)
		if (streq(*a, "--help") || streq(*a, "-h"))
			return print_command_help(command);
	r = parse(cli, command, argv);
	if (r > 0)
		return r;
	r = command->run(cli, &err);
	if (r >= 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = err_errno(&err, errno ? -errno : -EIO, _("standard output"));
	if (r < 0)
		err_print(&err, "playthrough");
	return r < 0 ? 1 : r;
}

static int dispatch(struct cli *cli, char **argv)
{
	const struct command *command;
	int words;

	if (!argv[0]) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (streq(argv[0], "help") || streq(argv[0], "--help") || streq(argv[0], "-h"))
		return help(argv + 1);
	command = find_command(argv, &words);
	if (command)
		return run_command(cli, command, argv + words);
	if (is_group(argv[0]))
		return wrong_usage(NULL,
		        argv[1] ? _("unknown command: ") : _("a word is missing after: "),
		        argv[1] ? argv[1] : argv[0]);
	run_other(argv[0], argv);
	if (errno != ENOENT && argv[0][0] != '-')
		fprintf(stderr, "playthrough-%s: %s\n", argv[0], strerror(errno));
	return wrong_usage(
	        NULL, argv[0][0] == '-' ? _("unknown option: ") : _("unknown command: "), argv[0]);
}

int main(int argc, char **argv)
{
	struct cli cli = {0};
	bool session = false;
	int r;

	i18n_init();
	if (version_asked(argc, argv, "playthrough"))
		return 0;
	signal(SIGPIPE,
	        SIG_IGN); /* a closed pipe is told as an error, and a job is not left alone */
	for (argv += argc > 0; *argv && (streq(*argv, "--session") || streq(*argv, "--system"));
	        argv++)
		session = streq(*argv, "--session");
	paths_init(&cli.paths, session, NULL);
	errno = 0;
	r = dispatch(&cli, argv);
	client_close(&cli.client);
	strv_finish(&cli.gpus);
	strv_finish(&cli.usbs);
	strv_finish(&cli.disks);
	paths_finish(&cli.paths);
	return r;
}
