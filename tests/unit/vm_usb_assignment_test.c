/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be written so that a device, port or hub is a VM's for good; what is refused, and in which words. */
#include "machine.h"
#include "vm/usb/assignment.h"

#include <setjmp.h>

#include <cmocka.h>

#define C "0000:00:14.0"

static char *hid[] = {"usbhid", NULL}, *block[] = {"usb-storage", NULL};
static char *mounted[] = {"sdb1 is mounted on /home (/proc/self/mountinfo)", NULL};
static const struct pci_addr controller = {0, 0, 0x14, 0};

enum { ROOT, KEYBOARD, WHEEL, TWIN, STICK, HUB, PAD, TALKER, FAR, COUNT };

/* Two equal wheels, a hub with a pad, a stick in use, a device that says rubbish, one that is no PCI function's. */
static const struct usb_device devices[COUNT] = {
        [ROOT] = {.sysname = "usb1", .port = C, .root_hub = true, .hub = true},
        [KEYBOARD] = {.sysname = "1-1",
                .port = C "/1",
                .vendor = 0x46d,
                .product = 0xc31c,
                .keyboard = true,
                .drivers = {hid, 1}},
        [WHEEL] = {.sysname = "1-2",
                .port = C "/2",
                .vendor = 0x46d,
                .product = 0xc24f,
                .serial = "A1",
                .manufacturer = "Logitech",
                .product_name = "G29 Driving Force Racing Wheel"},
        [TWIN] = {.sysname = "1-3",
                .port = C "/3",
                .vendor = 0x46d,
                .product = 0xc24f,
                .serial = "B2"},
        [STICK] = {.sysname = "1-4",
                .port = C "/4",
                .vendor = 0x781,
                .product = 0x5581,
                .serial = "STICK1",
                .storage = true,
                .drivers = {block, 1}},
        [HUB] = {.sysname = "1-5", .port = C "/5", .vendor = 0x5e3, .product = 0x608, .hub = true},
        [PAD] = {.sysname = "1-5.1",
                .port = C "/5.1",
                .vendor = 0x45e,
                .product = 0x2ea,
                .product_name = "Геймпад"},
        [TALKER] = {.sysname = "1-6",
                .port = C "/6",
                .vendor = 0x1234,
                .product = 0x5678,
                .serial = " x\ny ",
                .product_name = "\033[31mred\n[gpu]\xff"},
        [FAR] = {.sysname = "5-1",
                .port = "vhci_hcd.0/1",
                .vendor = 0x1111,
                .product = 0x2222,
                .serial = "F"},
};

struct fixture {
	struct usb_device list[COUNT];
	struct disk disk;
	struct host host;
	struct profile profile;
	struct usb_request q;
	struct usb_assignment a;
	struct err err;
};

static void use_profile(struct fixture *f, const char *text)
{
	profile_finish(&f->profile);
	if (profile_parse(text, "/p/games.profile", &f->profile, &f->err) < 0)
		fail_msg("%s", f->err.message);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	memcpy(f->list, devices, sizeof(devices));
	for (size_t i = 0; i < FAR; i++) {
		f->list[i].has_controller = true;
		f->list[i].controller = controller;
	}
	f->disk = (struct disk){
	        .name = "sdb", .usb = "1-4", .serial = "STICK1", .uses = {mounted, 1}};
	f->host = (struct host){.usb = {f->list, COUNT}, .disks = {.list = &f->disk, .n = 1}};
	f->q = (struct usb_request){.host = &f->host, .profile = &f->profile};
	use_profile(f, "[vm]\ntitle=Games\n");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	usb_assignment_finish(&f->a);
	profile_finish(&f->profile);
	free(f);
	return 0;
}

static int make(struct fixture *f, const char *device, enum usb_by by)
{
	usb_assignment_finish(&f->a);
	f->q.device = device;
	f->q.by = by;
	f->err = (struct err){0};
	return usb_assignment_make(&f->q, &f->a, &f->err);
}

static void expect(struct fixture *f, const char *device, enum usb_by by, const char *section,
        const char *keys)
{
	if (make(f, device, by) < 0)
		fail_msg("%s: %s", device, f->err.message);
	assert_string_equal(f->a.section, section);
	assert_string_equal(f->a.keys, keys);
	assert_false(f->a.there);
}

static void refused(struct fixture *f, const char *device, enum usb_by by, enum code code,
        const char *says, const char *hint)
{
	assert_true(make(f, device, by) < 0);
	if (!strstr(f->err.message, says) || !strstr(f->err.hint, hint) ||
	        (code && !err_is(&f->err, code)))
		fail_msg("%s: %s (%s) %s", device, f->err.message, f->err.code, f->err.hint);
}

static void test_by_device(void **state)
{
	struct fixture *f = *state;

	/* Its twin is plugged in: the serial number tells them apart. */
	expect(f, "1-2", USB_BY_DEVICE, "usb g29-driving-force", "id=046d:c24f\nserial=A1\n");
	assert_string_equal(f->a.comment, "Logitech G29 Driving Force Racing Wheel");
	assert_int_equal(f->a.notes.n, 0);
	f->list[TWIN].product = 1;
	expect(f, C "/2", USB_BY_DEVICE, "usb g29-driving-force", "id=046d:c24f\n");
	expect(f, "046d:c24f", USB_BY_SERIAL, "usb g29-driving-force", "id=046d:c24f\nserial=A1\n");
	/* A name without a Latin letter. */
	expect(f, "1-5.1", USB_BY_DEVICE, "usb device-045e-02ea", "id=045e:02ea\n");
	assert_string_equal(f->a.comment, "Геймпад");
	expect(f, "5-1", USB_BY_DEVICE, "usb device-1111-2222", "id=1111:2222\n");
}

/* Two equal ones that say the same serial number, as cheap devices do. */
static void test_twins(void **state)
{
	struct fixture *f = *state;

	f->list[TWIN].serial = "A1";
	expect(f, "1-2", USB_BY_DEVICE, "usb g29-driving-force", "id=046d:c24f\n");
	assert_int_equal(f->a.notes.n, 1);
	assert_non_null(strstr(f->a.notes.list[0], "1-3"));
	refused(f, "1-2", USB_BY_SERIAL, CODE_USB_RULE, "1-2 and 1-3", "--by port");
	refused(f, "046d:c24f", USB_BY_DEVICE, CODE_NONE, "more than one", "one of these");
}

static void test_by_port_and_hub(void **state)
{
	struct fixture *f = *state;

	expect(f, "1-2", USB_BY_PORT, "usb port-2", "port=" C "/2\n");
	expect(f, C "/9.3", USB_BY_PORT, "usb port-9-3", "port=" C "/9.3\n");
	assert_null(f->a.device);
	assert_string_equal(f->a.comment, C "/9.3");
	expect(f, "1-5", USB_BY_HUB, "usb hub-5", "hub=" C "/5\n");
	expect(f, C "/7", USB_BY_HUB, "usb hub-7", "hub=" C "/7\n");
	f->list[STICK].port = C "/7.1";
	expect(f, C "/7", USB_BY_HUB, "usb hub-7", "hub=" C "/7\n");
	assert_non_null(strstr(f->a.notes.list[0], "mounted on /home"));
	expect(f, C "/ss4", USB_BY_PORT, "usb port-ss4", "port=" C "/ss4\n");
}

static void test_refusals(void **state)
{
	struct fixture *f = *state;

	refused(f, "1-1", USB_BY_DEVICE, CODE_USB_KEYBOARD, "only keyboard", "keyboard");
	refused(f, "1-1", USB_BY_PORT, CODE_USB_KEYBOARD, "only keyboard", "");
	refused(f, "1-4", USB_BY_DEVICE, CODE_DISK_USED, "mounted on /home", "unmount");
	refused(f, "1-5", USB_BY_DEVICE, CODE_USB_HUB, "1-5 is a hub", "--by hub");
	refused(f, "1-5", USB_BY_PORT, CODE_USB_HUB, "1-5 is a hub", "--by hub");
	refused(f, "usb1", USB_BY_DEVICE, CODE_USB_HUB, "usb1", "--by controller");
	refused(f, "usb1", USB_BY_HUB, CODE_USB_RULE, "usb1", "--by controller");
	refused(f, "1-2", USB_BY_HUB, CODE_USB_RULE, "no hub", "--by port");
	refused(f, "1-5.1", USB_BY_SERIAL, CODE_USB_RULE, "no serial number", "--by device");
	refused(f, "1-6", USB_BY_SERIAL, CODE_USB_RULE, "cannot be written", "--by port");
	refused(f, "5-1", USB_BY_PORT, CODE_USB_RULE, "vhci_hcd.0/1", "--by device");
	refused(f, "9-9", USB_BY_DEVICE, CODE_USB_ABSENT, "9-9", "usb list");
	refused(f, "0000:00:99.0/1", USB_BY_PORT, CODE_USB_ABSENT, "0000:00:99.0/1", "");
	refused(f, "0000:00:15.0/1", USB_BY_PORT, CODE_USB_ABSENT, "no USB controller", "usb list");
	refused(f, C "/1.1.1.1.1.1.1.1", USB_BY_PORT, CODE_USB_ABSENT, "", "");
}

static void test_hostile(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *longer = xcalloc(100001, 1);

	memset(longer, 'x', 100000);
	refused(f, longer, USB_BY_DEVICE, CODE_USB_ABSENT, "not the name", "1-2.3");
	refused(f, "", USB_BY_DEVICE, CODE_USB_ABSENT, "not the name", "1-2.3");
	refused(f, "1-2\n[gpu]", USB_BY_PORT, CODE_USB_ABSENT, "not the name", "");
	refused(f, "\033[31m", USB_BY_HUB, CODE_USB_ABSENT, "not the name", "");
	refused(f, "\xff", USB_BY_CONTROLLER, CODE_USB_ABSENT, "not the name", "");
	/* A device that says rubbish of itself is told by its id, and its name harms no file. */
	expect(f, "1-6", USB_BY_DEVICE, "usb 31mred-gpu", "id=1234:5678\n");
	assert_string_equal(f->a.comment, "\\x1b[31mred\\x0a[gpu]\\xff");
}

static void test_names(void **state)
{
	struct fixture *f = *state;

	use_profile(f, "[usb g29-driving-force]\nid=1234:5678\n[usb mine]\nid=1234:0001\n");
	expect(f, "1-2", USB_BY_DEVICE, "usb g29-driving-force-2", "id=046d:c24f\nserial=A1\n");
	f->q.as = "Wheel_1";
	expect(f, "1-2", USB_BY_DEVICE, "usb Wheel_1", "id=046d:c24f\nserial=A1\n");
	f->q.as = "mine";
	refused(f, "1-2", USB_BY_DEVICE, CODE_USB_RULE, "[usb mine]", "unassign games mine");
	f->q.as = "no]\n[gpu";
	refused(f, "1-2", USB_BY_DEVICE, CODE_USB_RULE, "name of a section", "letters");
	f->q.as = "";
	refused(f, "1-2", USB_BY_DEVICE, CODE_USB_RULE, "name of a section", "letters");
}

static void test_already(void **state)
{
	struct fixture *f = *state;

	use_profile(f, "[usb mine]\nid=046d:c24f\nserial=A1\n[usb desk]\nhub=" C "/5\n");
	assert_int_equal(make(f, "1-2", USB_BY_DEVICE), 0);
	assert_true(f->a.there);
	assert_string_equal(f->a.section, "usb mine");
	assert_int_equal(make(f, C "/5", USB_BY_HUB), 0);
	assert_true(f->a.there);
	assert_string_equal(f->a.section, "usb desk");
	/* The same device by another word is another rule. */
	expect(f, "1-2", USB_BY_PORT, "usb port-2", "port=" C "/2\n");
}

static void test_by(void **state)
{
	enum usb_by by;
	struct err err = {0};

	(void)state;
	assert_int_equal(usb_by_parse(NULL, &by, &err), 0);
	assert_int_equal(by, USB_BY_DEVICE);
	assert_int_equal(usb_by_parse("hub", &by, &err), 0);
	assert_int_equal(by, USB_BY_HUB);
	assert_int_equal(usb_by_parse("Hub", &by, &err), -EINVAL);
	assert_true(err_is(&err, CODE_USB_RULE));
	assert_int_equal(usb_by_parse("", &by, &err), -EINVAL);
}

/* --- whole controllers --- */

static void use_machine(struct fixture *f, struct machine *m, struct host *host)
{
	machine_open(m, "intel-desktop");
	assert_int_equal(host_take(&m->root, host, &f->err), 0);
	f->q.host = host;
}

static void test_controller(void **state)
{
	struct fixture *f = *state;
	struct host host = {0};
	struct machine m;

	use_machine(f, &m, &host);
	/* The keyboard is on it: not by us, and here is how a person would. */
	refused(f, "1-3", USB_BY_CONTROLLER, CODE_PCI_USED, "keyboard",
	        "[usb-controller] address=0000:00:14.0 id=");
	refused(f, "0000:01:00.0", USB_BY_CONTROLLER, CODE_PCI_KIND, "no USB controller", "lspci");
	refused(f, "0000:77:00.0", USB_BY_CONTROLLER, CODE_PCI_ABSENT, "0000:77:00.0", "lspci");
	f->q.session = true;
	refused(f, "1-3", USB_BY_CONTROLLER, CODE_VM_SESSION, "session", "--session");
	f->q.session = false;
	/* Without keyboard, mouse and network on it, it may go. */
	for (size_t i = 0; i < host.usb.n; i++)
		host.usb.list[i].keyboard = host.usb.list[i].mouse = false;
	expect(f, "0000:00:14.0", USB_BY_CONTROLLER, "usb-controller",
	        "address=0000:00:14.0\nid=8086:a2af\npath=0000:00:14.0\n");
	assert_true(f->a.notes.n >= 2);
	use_profile(f, "[usb-controller]\naddress=0000:00:1a.0\nid=8086:0001\n");
	expect(f, "1-3", USB_BY_CONTROLLER, "usb-controller 2",
	        "address=0000:00:14.0\nid=8086:a2af\npath=0000:00:14.0\n");
	use_profile(f, "[usb-controller x]\naddress=0000:00:14.0\nid=8086:0001\n");
	assert_int_equal(make(f, "1-3", USB_BY_CONTROLLER), 0);
	assert_true(f->a.there);
	assert_string_equal(f->a.section, "usb-controller x");
	host_finish(&host);
	machine_close(&m);
}

/* --- which sections name it --- */

static void finds(struct fixture *f, const char *what, const char *sections)
{
	cleanup_strv struct strv found = {0};
	cleanup_free char *all = NULL;

	f->q.device = what;
	if (usb_assignment_find(&f->q, &found, &f->err) < 0)
		fail_msg("%s: %s", what, f->err.message);
	all = strv_join(&found, "|");
	assert_string_equal(all, sections);
}

static void test_find(void **state)
{
	struct fixture *f = *state;
	struct strv none = {0};
	char longer[1000] = "";

	use_profile(f, "[usb-controller a]\naddress=0000:00:1a.0\nid=8086:0001\n"
	               "[usb wheel]\nid=046d:c24f\nserial=A1\n[usb twin]\nid=046d:c24f\nserial=B2\n"
	               "[usb front]\nport=" C "/2\n[usb desk]\nhub=" C "/5\n");
	finds(f, "wheel", "usb wheel");
	finds(f, "usb wheel", "usb wheel");
	finds(f, "[usb wheel]", "usb wheel");
	finds(f, "046D:c24f", "usb wheel|usb twin");
	finds(f, C "/2", "usb front");
	finds(f, "1-2", "usb wheel|usb front");
	finds(f, C "/3", "usb twin");
	finds(f, "1-5", "usb desk");
	finds(f, C "/5", "usb desk");
	finds(f, "0000:00:1a.0", "usb-controller a");
	finds(f, "usb-controller a", "usb-controller a");
	/* A hub's rule does not go because of one device behind it. */
	f->q.device = "1-5.1";
	assert_int_equal(usb_assignment_find(&f->q, &none, &f->err), -ENOENT);
	assert_true(err_is(&f->err, CODE_USB_NO_RULE));
	assert_non_null(strstr(f->err.hint, "[usb wheel] (046d:c24f)"));
	assert_non_null(strstr(f->err.hint, "[usb desk] (" C "/5)"));
	assert_non_null(strstr(f->err.hint, "[usb-controller a] (0000:00:1a.0)"));
	f->q.device = "\033[2J\n";
	assert_int_equal(usb_assignment_find(&f->q, &none, &f->err), -ENOENT);
	assert_null(strchr(f->err.message, '\033'));
	memset(longer, 'x', sizeof(longer) - 1);
	f->q.device = longer;
	assert_int_equal(usb_assignment_find(&f->q, &none, &f->err), -EINVAL);
	assert_true(strlen(f->err.message) < 200);
	assert_int_equal(none.n, 0);
}

#define WITH_FACTS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_FACTS(test_by_device),
	        WITH_FACTS(test_twins),
	        WITH_FACTS(test_by_port_and_hub),
	        WITH_FACTS(test_refusals),
	        WITH_FACTS(test_hostile),
	        WITH_FACTS(test_names),
	        WITH_FACTS(test_already),
	        WITH_FACTS(test_controller),
	        WITH_FACTS(test_find),
	        cmocka_unit_test(test_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
