/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines of others as profiles. Each file of tests/golden/import says in its first lines where its point was found; NAME.txt
 * beside it is what becomes of it on the PC below.
 */
#include "move/import.h"
#include "base/root.h"
#include "profile/profile.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "golden.h"

#define FOLDER "/tests/golden/import"

/* --- a PC --- */

static void add_function(struct import_pc *pc, const char *address, unsigned vendor,
        unsigned device, unsigned class_code, const char *name)
{
	struct import_pc_function *f = list_append(pc->functions, pc->n_functions);

	assert_int_equal(pci_addr_parse(address, &f->address), 0);
	f->vendor = (uint16_t)vendor;
	f->device = (uint16_t)device;
	f->class_code = class_code << 8;
	f->subsystem_vendor = 0x1043;
	f->subsystem_device = 0x8599;
	f->name = xstrdup(name);
}

static void add_disk(struct import_pc *pc, const char *names, const char *link)
{
	struct import_pc_disk *d = list_append(pc->disks, pc->n_disks);

	strv_split(&d->names, names, " ");
	d->link = xstrdup(link);
}

static void make_pc(struct import_pc *pc)
{
	*pc = (struct import_pc){.processors = 32};
	add_function(pc, "0000:00:1c.0", 0x8086, 0xa110, 0x0604, "PCI Express Root Port");
	add_function(pc, "0000:00:02.0", 0x8086, 0x3e92, 0x0300, "UHD Graphics 630");
	add_function(pc, "0000:00:14.0", 0x8086, 0xa12f, 0x0c03, "Intel xHCI");
	add_function(pc, "0000:00:1f.3", 0x8086, 0xa348, 0x0403, "Cannon Lake HD Audio");
	add_function(pc, "0000:01:00.0", 0x10de, 0x1e07, 0x0300, "GeForce RTX 2080 Ti");
	add_function(pc, "0000:01:00.1", 0x10de, 0x10f7, 0x0403, "TU102 HD Audio");
	add_function(pc, "0000:01:00.2", 0x10de, 0x1ad6, 0x0c03, "TU102 USB 3.1");
	add_function(pc, "0000:01:00.3", 0x10de, 0x1ad7, 0x0c80, "TU102 UCSI");
	add_function(pc, "0000:04:00.0", 0x144d, 0xa808, 0x0108, "Samsung NVMe");
	add_function(pc, "0000:42:00.0", 0x10de, 0x1b38, 0x0302, "Tesla P40");
	add_disk(pc, "/dev/sda /dev/disk/by-id/ata-ST2000_1 /dev/disk/by-uuid/1234",
	        "/dev/disk/by-id/ata-ST2000_1");
	add_disk(pc, "/dev/sdc", "/dev/disk/by-id/ata-WD_2");
	add_disk(
	        pc, "/dev/nvme0n1p4", "/dev/disk/by-partuuid/44444444-4444-4444-8444-444444444444");
	add_disk(pc, "/dev/disk/by-id/nvme-Samsung_1", "/dev/disk/by-id/nvme-Samsung_1");
	*list_append(pc->inputs, pc->n_inputs) = (struct import_pc_input){
	        xstrdup("/dev/input/event3"), xstrdup("/dev/input/by-id/usb-K-event-kbd")};
	*list_append(pc->buses, pc->n_buses) = (struct import_pc_bus){
	        1, false, {.domain = 0, .bus = 0, .device = 0x14, .function = 0}};
	*list_append(pc->buses, pc->n_buses) = (struct import_pc_bus){
	        2, true, {.domain = 0, .bus = 0, .device = 0x14, .function = 0}};
}

static int read_text(
        const char *text, size_t size, const char *file, struct import *out, struct err *err)
{
	const struct import_source source = {.file = file, .folder = "/srv/vm"};
	struct import_pc pc;
	int r;

	make_pc(&pc);
	r = import_read(text, size, &source, &pc, out, err);
	import_pc_finish(&pc);
	return r;
}

/* --- golden files --- */

static char *report(const struct import *import)
{
	static const char *const fates[] = {"carried", "changed", "lost"};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	fprintf(out, "format %s, name %s\n\n%s\n", import_format_word(import->format), import->name,
	        import->text);
	for (size_t i = 0; i < import->n_notes; i++) {
		const struct import_note *n = &import->notes[i];

		fprintf(out, "%3d %-7s %s%s%s%s%s\n", n->line, fates[n->fate], n->what,
		        n->became ? " -> " : "", n->became ? n->became : "",
		        n->why ? "\n            " : "", n->why ? n->why : "");
	}
	fclose(out);
	return text;
}

static void expect_readable(const struct import *import)
{
	cleanup_free char *file = xasprintf("%s.profile", import->name);
	struct profile profile;

	assert_int_equal(profile_parse(import->text, file, &profile, NULL), 0);
	profile_finish(&profile);
}

/* Where its point was found stands in its first lines. */
static void expect_source(const char *name, const char *text)
{
	cleanup_free char *head = xstrndup(text, 400);

	if (!strstr(head, "point: ") || !(strstr(head, "http") || strstr(head, "github:")))
		fail_msg("%s names no source", name);
}

/* The first word of a file's name is its format. */
static void expect_case(const struct root *here, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", FOLDER, name);
	cleanup_free char *golden = xasprintf("import/%s.txt", name), *text = NULL, *told = NULL;
	struct import import;
	struct err err = {0};
	size_t size;

	text = root_read_bytes(here, path, &size);
	assert_non_null(text);
	expect_source(name, text);
	if (read_text(text, size, name, &import, &err) < 0)
		fail_msg("%s: %s", name, err.message);
	assert_true(starts_with(name, import_format_word(import.format)));
	expect_readable(&import);
	told = report(&import);
	expect_golden(golden, told);
	import_finish(&import);
}

static void each_case_becomes_its_profile(void **state)
{
	static const struct {
		const char *format;
		size_t least;
	} counts[] = {
	        {"libvirt", 12}, {"proxmox", 8}, {"vmware", 4}, {"quickemu", 4}, {"qemu", 10}};
	cleanup_strv struct strv names = {0};
	struct root here;

	(void)state;
	assert_int_equal(root_open(&here, ".", NULL), 0);
	assert_int_equal(root_list(&here, FOLDER, &names), 0);
	for (size_t f = 0; f < ARRAY_SIZE(counts); f++) {
		size_t n = 0;

		strv_foreach (name, &names) {
			if (!starts_with(*name, counts[f].format) || ends_with(*name, ".txt"))
				continue;
			expect_case(&here, *name);
			n++;
		}
		assert_true(n >= counts[f].least);
	}
	root_close(&here);
}

/* --- what is no description of a machine --- */

static void expect_refused(const char *text, size_t size, const char *begins)
{
	struct import import;
	struct err err = {0};

	assert_true(read_text(text, size, "in", &import, &err) < 0);
	if (!starts_with(err.message, begins))
		fail_msg("%s", err.message);
	assert_string_not_equal(err.hint, "");
}

static void hostile_files_are_errors_with_a_line(void **state)
{
	static const char bomb[] = "<?xml version='1.0'?>\n<!DOCTYPE domain [<!ENTITY a 'aaaa'>\n"
	                           "<!ENTITY b '&a;&a;&a;'>]>\n<domain type='&b;'/>\n";
	static const char outside[] =
	        "<!DOCTYPE domain SYSTEM 'file:///etc/passwd'>\n<domain type='kvm'/>\n";
	cleanup_free char *line = xcalloc(200000, 1), *deep = xcalloc(200000, 1);

	(void)state;
	memset(line, 'a', 199999);
	for (size_t i = 0; i < 20000; i++)
		memcpy(deep + 4 * i, i % 2 ? "<a>\n" : "<b>\n", 4);
	expect_refused(bomb, sizeof(bomb) - 1, "in:2: ");
	expect_refused(outside, sizeof(outside) - 1, "in:1: ");
	expect_refused(line, 199999, "in:1: ");
	expect_refused(deep, strlen(deep), "in:");
	expect_refused("name: a\nmemory: \0", 17, "in:2: ");
	expect_refused("name: a\n\xff\xfe", 10, "in:2: ");
	expect_refused("<domain>\n<name>a</domain>", 25, "in:2: ");
	expect_refused("<network/>", 10, "in:1: ");
	expect_refused("what is this\n", 13, "in: ");
	expect_refused("qemu-system-x86_64 -name 'a\n", 28, "in:1: ");
	expect_refused("name: a\nnothing\n", 16, "in:2: ");
}

/* --- what no importer takes, whichever is asked for --- */

static int read_as(enum import_format format, const char *text, size_t size, struct err *err)
{
	const struct import_source source = {
	        .file = "in", .folder = "/srv/vm", .as = "hostile", .format = format};
	struct import import;
	struct import_pc pc;
	int r;

	make_pc(&pc);
	r = import_read(text, size, &source, &pc, &import, err);
	if (r == 0)
		import_finish(&import);
	import_pc_finish(&pc);
	return r;
}

/* An error that begins so, of every importer; takes no longer than a test may. */
static void expect_refused_by_all(const char *text, size_t size, const char *begins)
{
	for (enum import_format f = IMPORT_LIBVIRT; f <= IMPORT_QEMU; f++) {
		struct err err = {0};

		if (read_as(f, text, size, &err) == 0)
			fail_msg("%s takes what should be %s", import_format_word(f), begins);
		if (!starts_with(err.message, begins) || !err.hint[0])
			fail_msg("%s: %s", import_format_word(f), err.message);
	}
}

static void no_importer_takes_what_is_no_text(void **state)
{
	static const char elf[] = "\x7f"
	                          "ELF\2\1\1\0\0",
	                  utf16[] = "\xff\xfe<\0d\0";
	static const char escape[] = "name: a\nmemory: 1\x1b[2J\n", cut[] = "name: a\n\xe2\x82";
	size_t long_line = 10u << 20;
	cleanup_free char *line = xcalloc(long_line + 1, 1);

	(void)state;
	memset(line, 'x', long_line);
	expect_refused_by_all(elf, sizeof(elf) - 1, "in:1: ");
	expect_refused_by_all(utf16, sizeof(utf16) - 1, "in:1: ");
	expect_refused_by_all(escape, sizeof(escape) - 1, "in:2: ");
	expect_refused_by_all(cut, sizeof(cut) - 1, "in:2: ");
	expect_refused_by_all(line, long_line, "in:1: the line is longer");
	memcpy(line, "name: a\nargs: ", 14);
	expect_refused_by_all(line, long_line, "in:2: the line is longer");
	expect_refused_by_all("", 0, "in");
}

/* @open as often as a file may have it, in a line of its own each. */
static char *nested(const char *before, const char *open, size_t *size)
{
	size_t n = strlen(open), times = 60000 / n;
	char *text = xcalloc(strlen(before) + times * n + 1, 1);

	strcpy(text, before);
	*size = strlen(before);
	for (size_t i = 0; i < times; i++, *size += n)
		memcpy(text + *size, open, n);
	return text;
}

/* Each ends with an answer, and is either refused with its line or made into what can be read. */
static void expect_answer(enum import_format format, const char *before, const char *open)
{
	size_t size;
	cleanup_free char *text = nested(before, open, &size);
	struct err err = {0};

	if (read_as(format, text, size, &err) < 0 && !starts_with(err.message, "in:"))
		fail_msg("%s", err.message);
}

static void what_is_nested_deeply_has_an_answer(void **state)
{
	(void)state;
	expect_answer(IMPORT_LIBVIRT, "<domain type='kvm'>", "<devices>");
	expect_answer(IMPORT_LIBVIRT, "<domain type='kvm'>", "<disk><backingStore>");
	expect_answer(IMPORT_QEMU, "kvm -blockdev '", "{\"a\":");
	expect_answer(IMPORT_QEMU, "kvm -blockdev '", "[");
	expect_answer(IMPORT_QEMU, "kvm ", "\"$(");
	expect_answer(IMPORT_QEMU, "kvm ", "${a:-");
	expect_answer(IMPORT_QEMU, "A=(", "(");
	expect_answer(IMPORT_QEMU, "kvm ",
	        "-blockdev driver=raw,node-name=a,file=a -device ide-hd,drive=a ");
	expect_answer(IMPORT_PROXMOX, "args: -blockdev '", "{\"a\":");
	expect_answer(IMPORT_PROXMOX, "name: a\nhostpci0: ", "01:00;");
	expect_answer(IMPORT_PROXMOX, "name: a\n", "smbios1: base64=1,serial=////\n");
	expect_answer(IMPORT_PROXMOX, "name: a\n", "#%ff%c3 title\n");
	expect_answer(IMPORT_PROXMOX, "name: a\n", "#playthrough: [vm] title=%ff\n");
	expect_answer(IMPORT_VMWARE, "", "|22|22=|22\n");
	expect_answer(IMPORT_VMWARE, "", "scsi0:0.fileName = \"a\"\n");
	expect_answer(IMPORT_QUICKEMU, "guest_os=\"linux\"\nport_forwards=(", "\"1:1\" ");
	expect_answer(IMPORT_QUICKEMU, "", "a=\"$a$a\"\n");
}

/* In an attribute, a text, and by a parameter; no entity is followed, whatever its name. */
static void no_entity_is_followed(void **state)
{
	static const char *const texts[] = {
	        "<!DOCTYPE domain [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>\n<domain/>",
	        "\n<!DOCTYPE domain [<!ENTITY a SYSTEM "
	        "'file:///etc/passwd'>]>\n<domain>&a;</domain>",
	        "<domain type='kvm'>\n<name>&a;</name></domain>",
	        "<domain type='kvm'\n a='&a;'/>",
	};
	static const char *const begins[] = {"in:1: ", "in:2: ", "in:2: ", "in:2: "};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		expect_refused(texts[i], strlen(texts[i]), begins[i]);
}

static void a_file_that_is_too_large_is_refused(void **state)
{
	size_t size = IMPORT_SIZE_MAX + 10;
	cleanup_free char *text = xcalloc(size, 1);

	(void)state;
	memset(text, '\n', size);
	expect_refused(text, size, "in:1048577: ");
}

static void variables_that_double_themselves_end(void **state)
{
	static const char start[] = "A=aaaaaaaaaaaaaaaa\n", more[] = "A=$A$A\n";
	char text[4096];
	size_t n = 0;

	(void)state;
	memcpy(text, start, sizeof(start) - 1);
	n = sizeof(start) - 1;
	for (int i = 0; i < 40; i++, n += sizeof(more) - 1)
		memcpy(text + n, more, sizeof(more) - 1);
	memcpy(text + n, "kvm $A\n", 7);
	expect_refused(text, n + 7, "in:1");
}

/* --- what is told --- */

static const struct import_note *find_note(const struct import *import, const char *what)
{
	for (size_t i = 0; i < import->n_notes; i++)
		if (strstr(import->notes[i].what, what))
			return &import->notes[i];
	return NULL;
}

static void expect_untold(const char *text, const char *secret)
{
	struct import import;

	assert_int_equal(read_text(text, strlen(text), "in", &import, NULL), 0);
	assert_true(import.n_notes > 0);
	for (size_t i = 0; i < import.n_notes; i++) {
		const struct import_note *n = &import.notes[i];

		if (strstr(n->what, secret) || (n->became && strstr(n->became, secret)) ||
		        (n->why && strstr(n->why, secret)))
			fail_msg("%s\n%s %s", text, n->what, n->why ? n->why : "");
	}
	if (strstr(import.text, secret))
		fail_msg("%s\n%s", text, import.text);
	import_finish(&import);
}

static void passwords_are_not_told(void **state)
{
	static const char *const texts[] = {
	        "<domain type='kvm'><name>a</name><devices><graphics type='vnc' passwd='s3cret'/>"
	        "</devices></domain>",
	        "<domain type='kvm'><name>a</name><rocket key='s3cret'>s3cret</rocket></domain>",
	        "<domain type='kvm'><name>a</name><sysinfo type='fwcfg'><entry name='opt/k'>s3cret"
	        "</entry></sysinfo></domain>",
	        "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
	        "<name>a</name><qemu:commandline><qemu:arg value='-spice'/>"
	        "<qemu:arg value='password=s3cret'/><qemu:env name='KEY' value='s3cret'/>"
	        "</qemu:commandline></domain>",
	        "<domain type='kvm'><name>a</name><devices><disk type='network'><source "
	        "protocol='https' name='x'><cookies><cookie name='a'>s3cret</cookie></cookies>"
	        "</source></disk></devices></domain>",
	        "qemu-system-x86_64 -object secret,id=k,data=s3cret -spice "
	        "port=1,password=s3cret\n",
	        "qemu-system-x86_64 -spice \"port=1,password='two s3cret words'\"\n",
	        "qemu-system-x86_64 -object secret,id=k,data=a,,s3cret\n",
	        "qemu-system-x86_64 -rocket s3cret -device isa-applesmc,osk=s3cret\n",
	        "qemu-system-x86_64 -fw_cfg name=opt/k,string=s3cret -smbios "
	        "type=11,value=s3cret\n",
	        "qemu-system-x86_64 -drive file=iscsi://me%s3cret@san/iqn.2001-04.com.example/1\n",
	        "qemu-system-x86_64 -drive file=rbd:pool/image:id=me:key=s3cret\n",
	        "qemu-system-x86_64 -drive 'if=virtio,http://h/a?token=s3cret'\n",
	        "qemu-system-x86_64 -drive file=https://me:s3/cret@h/a.img\n",
	        "qemu-system-x86_64 -drive 'file=https://h/a.img?token=s3cret'\n",
	        "qemu-system-x86_64 -drive 'file=json:{\"driver\":\"ssh\",\"x\":\"s3cret\"}'\n",
	        "qemu-system-x86_64 -blockdev driver=http,node-name=d,url=http://h/a,cookie=s3cret "
	        "-device virtio-blk,drive=d\n",
	        "TOKEN=s3cret sudo env PASS=s3cret qemu-system-x86_64 -m 1G\nlogin me s3cret\n",
	        "args: -object '{\"qom-type\":\"secret\",\"data\":\"s3cret\"}'\nname: a\n",
	        "#password: s3cret\nname: a\ncipassword: s3cret\nrocket: s3cret\n",
	        "#login me, pass: s3cret\n#router pw=s3cret\nname: a\nhookscript: "
	        "local:snippets/x.pl?token=s3cret\n",
	        "displayName = \"a\"\nRemoteDisplay.vnc.password = \"s3cret, too\"\n"
	        "RemoteDisplay.vnc.key = \"s3cret\"\nguestinfo.userdata = \"s3cret\"\n"
	        "annotation = \"password: s3cret\"\nencryption.data = \"s3cret\"\nrocket = "
	        "\"s3cret\"\n",
	        "guest_os=\"linux\"\ntoken=\"s3cret\"\nextra_args=\"-spice password=s3cret\"\n"
	        "wget s3cret\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		expect_untold(texts[i], "s3");
}

/* What only sounds like one is told as it is. */
static void what_is_no_secret_is_told(void **state)
{
	struct import import;
	static const char text[] =
	        "qemu-system-x86_64 -drive file=/srv/data=1/metadata.img,if=virtio "
	        "-drive file=nbd://server/disk,if=virtio\n";

	(void)state;
	assert_int_equal(read_text(text, strlen(text), "in", &import, NULL), 0);
	assert_non_null(find_note(&import, "/srv/data=1/metadata.img"));
	assert_non_null(find_note(&import, "nbd://server/disk"));
	import_finish(&import);
}

/* A person's words are a comment; those that are too many are told. */
static void descriptions_become_a_comment(void **state)
{
	static const char proxmox[] = "#my games%0Asecond line\n#third line\nname: a\n";
	static const char vmware[] = "displayName = \"a\"\nannotation = \"my |22games|22\"\n";
	cleanup_free char *line = xcalloc(2000, 1), *much = NULL;
	struct import import;

	(void)state;
	assert_int_equal(read_text(proxmox, strlen(proxmox), "in", &import, NULL), 0);
	assert_non_null(strstr(import.text, "\n# my games second line third line\n"));
	import_finish(&import);
	assert_int_equal(read_text(vmware, strlen(vmware), "in", &import, NULL), 0);
	assert_non_null(strstr(import.text, "\n# my \"games\"\n"));
	import_finish(&import);
	memset(line, 'x', 1500);
	much = xasprintf("#short\n#%s\nname: a\n", line);
	assert_int_equal(read_text(much, strlen(much), "in", &import, NULL), 0);
	assert_non_null(strstr(import.text, "\n# short\n"));
	assert_non_null(find_note(&import, "#"));
	import_finish(&import);
}

static void what_is_too_much_is_told(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	struct import import;
	bool told = false;

	(void)state;
	assert_non_null(out);
	fputs("name: a\n", out);
	for (unsigned i = 0; i < 200; i++)
		fprintf(out, "usb%u: host=%04x:0001\n", i, i);
	fclose(out);
	assert_int_equal(read_text(text, size, "in", &import, NULL), 0);
	for (size_t i = 0; i < import.n_notes; i++)
		told = told || streq(import.notes[i].what, "USB x 200");
	assert_true(told);
	import_finish(&import);
	free(text);
}

/* --- what a stranger's file may not do --- */

/* Neither a line of its own nor, where it is a comment, refused. */
static void expect_no_line(const char *text, const char *line)
{
	struct import import;
	struct err err = {0};
	cleanup_free char *own = xasprintf("\n%s", line);

	if (read_text(text, strlen(text), "in", &import, &err) < 0)
		fail_msg("%s", err.message);
	if (strstr(import.text, own))
		fail_msg("%s", import.text);
	import_finish(&import);
}

static void no_text_becomes_lines_of_the_profile(void **state)
{
	(void)state;
	expect_no_line("#hello%0A[disk evil]%0Aimage=/home/victim/win.qcow2%0Aformat=qcow2%0A"
	               "writable=yes\nname: a\n",
	        "[disk evil]");
	expect_no_line("<domain type='kvm'><name>a</name><description>one\n[boot]\nkernel=/k\n"
	               "</description></domain>",
	        "kernel=/k");
	expect_no_line("<domain type='kvm'><name>a</name><description>one\nsecond line here\n"
	               "</description></domain>",
	        "second");
	expect_no_line("<domain type='kvm'><name>a</name><devices><disk type='file'><source "
	               "file='/a&#10;guest-volumes=yes&#10;size=1G'/><target dev='vda'/></disk>"
	               "</devices></domain>",
	        "guest-volumes");
	expect_no_line("args: -drive '{\"file\":\"/a\\nsize=1G\",\"format\":\"raw\"}'\nname: a\n",
	        "size=1G");
}

/* Nothing of it but behind a #. */
static void expect_comment(const char *text, const char *words)
{
	cleanup_strv struct strv lines = {0};
	bool found = false;

	strv_split(&lines, text, "\n");
	strv_foreach (line, &lines) {
		if (!strstr(*line, words))
			continue;
		found = true;
		if (**line != '#')
			fail_msg("%s\n%s", *line, text);
	}
	if (!found)
		fail_msg("%s\n%s", words, text);
}

static void a_note_gives_the_guest_nothing(void **state)
{
	static const char text[] = "#playthrough: [disk scsi1] writable=yes\n"
	                           "#playthrough: [disk evil] device=/dev/disk/by-id/ata-MINE\n"
	                           "#playthrough: [disk evil] writable=yes\n"
	                           "#playthrough: [boot] kernel=/home/k\n"
	                           "#playthrough: [network] type=bridge\n"
	                           "#playthrough: [sound] microphone=yes\n"
	                           "#playthrough: [gpu] romfile=/home/rom\n"
	                           "#playthrough: [disk scsi1] passphrase-file=/etc/shadow\n"
	                           "#playthrough: [usb all] hub=0000:00:14.0/2\n"
	                           "#playthrough: [disk scsi1] cache=none\n"
	                           "#playthrough: [disk scsi1] rocket=s3cret\n"
	                           "#playthrough: [network] forward=tcp:2222:22\n"
	                           "name: a\nscsi1: /dev/disk/by-id/ata-WINDOWS_123,ro=1\n";
	static const char *const refused[] = {"writable=yes", "device=/dev/disk/by-id/ata-MINE",
	        "kernel=", "type=bridge",
	        "microphone=", "romfile=", "passphrase-file=", "hub=", "forward=tcp:2222:22"};
	const struct import_note *note;
	struct import import;

	(void)state;
	assert_int_equal(read_text(text, strlen(text), "in", &import, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		expect_comment(import.text, refused[i]);
		note = find_note(&import, refused[i]);
		assert_non_null(note);
		assert_int_equal(note->fate, IMPORT_CHANGED);
		assert_non_null(strstr(note->why, "behind a #"));
	}
	assert_null(strstr(import.text, "rocket"));
	note = find_note(&import, "rocket=...");
	assert_non_null(note);
	assert_int_equal(note->fate, IMPORT_LOST);
	assert_non_null(strstr(import.text, "cache=none"));
	note = find_note(&import, "cache=none");
	assert_non_null(note);
	assert_int_equal(note->fate, IMPORT_CARRIED);
	import_finish(&import);
}

/* A disk whose writes went with each end is no disk to write to. */
static void expect_dropped(const char *text)
{
	struct import import;
	bool told = false;

	assert_int_equal(read_text(text, strlen(text), "in", &import, NULL), 0);
	assert_non_null(strstr(import.text, "master"));
	assert_null(strstr(import.text, "writable=yes"));
	for (size_t i = 0; i < import.n_notes; i++)
		told = told || (import.notes[i].why && strstr(import.notes[i].why, "was dropped"));
	assert_true(told);
	import_finish(&import);
}

static void what_dropped_its_writes_is_read_only(void **state)
{
	(void)state;
	expect_dropped("displayName = \"a\"\nsata0:0.present = \"TRUE\"\n"
	               "sata0:0.fileName = \"/d/master.vmdk\"\n"
	               "sata0:0.mode = \"independent-nonpersistent\"\n");
	expect_dropped("<domain type='kvm'><name>a</name><devices><disk type='file'><transient/>"
	               "<source file='/d/master.img'/><target dev='vda'/></disk></devices>"
	               "</domain>");
	expect_dropped("qemu-system-x86_64 -snapshot -hda /d/master.img\n");
	expect_dropped("qemu-system-x86_64 -drive file=/d/master.img,snapshot=on\n");
}

static void expect_note(const char *text, const char *what, const char *line)
{
	const struct import_note *note;
	struct import import;

	assert_int_equal(read_text(text, strlen(text), "in", &import, NULL), 0);
	note = find_note(&import, what);
	assert_non_null(note);
	assert_int_equal(note->fate, IMPORT_LOST);
	assert_non_null(strstr(import.text, line));
	import_finish(&import);
}

static void what_kept_a_guest_from_the_network_is_told(void **state)
{
	(void)state;
	expect_note("name: a\nnet0: virtio=52:54:00:00:00:01,bridge=vmbr0,firewall=1\n",
	        "firewall=1", "type=bridge");
	expect_note("name: a\nnet0: virtio=52:54:00:00:00:01,bridge=vmbr0,link_down=1\n", "net0",
	        "type=none");
	expect_note("<domain type='kvm'><name>a</name><devices><interface type='user'>"
	            "<link state='down'/></interface></devices></domain>",
	        "interface", "type=none");
	expect_note("displayName = \"a\"\nethernet0.present = \"TRUE\"\n"
	            "ethernet0.startConnected = \"FALSE\"\n",
	        "ethernet0", "type=none");
}

/* A card that has a name of ours gets it back, the others one that is free; the first has none. */
static void expect_cards(const char *text, const char *profile)
{
	struct import import;

	assert_int_equal(read_text(text, strlen(text), "in", &import, NULL), 0);
	if (!strstr(import.text, profile))
		fail_msg("%s", import.text);
	import_finish(&import);
}

static void several_cards_are_carried(void **state)
{
	(void)state;
	expect_cards("<domain type='kvm'><name>a</name><devices><interface type='user'/>"
	             "<interface type='bridge'><source bridge='br0'/>"
	             "<alias name='ua-network-lan'/></interface>"
	             "<interface type='user'><alias name='net7'/></interface></devices></domain>",
	        "[network lan]\ntype=bridge\nlink=br0\n\n[network card]\ntype=user\n");
	expect_cards("<domain type='kvm'><name>a</name><devices><interface type='user'>"
	             "<alias name='ua-network-lan'/></interface></devices></domain>",
	        "[network]\ntype=none\n");
	expect_cards(
	        "qemu-system-x86_64 -netdev user,id=network -device virtio-net-pci,netdev=network "
	        "-netdev bridge,id=network-lan,br=br1 -device e1000e,netdev=network-lan\n",
	        "[network lan]\ntype=bridge\nlink=br1\nmodel=e1000e\n");
	expect_cards("name: a\nnet3: virtio=02:00:00:00:00:02,bridge=vmbr1\n",
	        "[network net3]\ntype=bridge\nlink=vmbr1\nmac=02:00:00:00:00:02\n");
}

/* --- names and formats --- */

static void expect_name(const char *name, const char *becomes)
{
	cleanup_free char *text = xasprintf("<domain type='kvm'><name>%s</name></domain>", name);
	struct import import;

	assert_int_equal(read_text(text, strlen(text), "in.xml", &import, NULL), 0);
	assert_string_equal(import.name, becomes);
	import_finish(&import);
}

static void names_become_those_of_vms(void **state)
{
	(void)state;
	expect_name("Windows 11 (games)", "windows-11-games");
	expect_name("10er", "vm-10er");
	expect_name("", "in");
	expect_name("a-very-long-name-that-no-profile-could-have", "a-very-long-name-that-no");
}

static void a_format_is_told_by_its_word(void **state)
{
	enum import_format format;
	struct err err = {0};

	(void)state;
	assert_int_equal(import_format_find("vmware", &format, &err), 0);
	assert_int_equal(format, IMPORT_VMWARE);
	assert_int_equal(import_format_find("vbox", &format, &err), -EINVAL);
	assert_non_null(strstr(err.hint, "libvirt"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_case_becomes_its_profile),
	        cmocka_unit_test(hostile_files_are_errors_with_a_line),
	        cmocka_unit_test(no_importer_takes_what_is_no_text),
	        cmocka_unit_test(what_is_nested_deeply_has_an_answer),
	        cmocka_unit_test(no_entity_is_followed),
	        cmocka_unit_test(a_file_that_is_too_large_is_refused),
	        cmocka_unit_test(variables_that_double_themselves_end),
	        cmocka_unit_test(passwords_are_not_told),
	        cmocka_unit_test(what_is_no_secret_is_told),
	        cmocka_unit_test(descriptions_become_a_comment),
	        cmocka_unit_test(what_is_too_much_is_told),
	        cmocka_unit_test(no_text_becomes_lines_of_the_profile),
	        cmocka_unit_test(a_note_gives_the_guest_nothing),
	        cmocka_unit_test(what_dropped_its_writes_is_read_only),
	        cmocka_unit_test(what_kept_a_guest_from_the_network_is_told),
	        cmocka_unit_test(several_cards_are_carried),
	        cmocka_unit_test(names_become_those_of_vms),
	        cmocka_unit_test(a_format_is_told_by_its_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
