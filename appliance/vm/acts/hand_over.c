/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Services by systemctl(1), text consoles by vtconsole's `bind` (Documentation/driver-api/console.rst), frame buffers of
 * the firmware by their platform driver.
 */
#include "vm/acts/hand_over.h"

#include "base/child.h"
#include "base/i18n.h"
#include "host/hand_over.h"
#include "host/pci.h"

#include <errno.h>
#include <time.h>

#define CONSOLES  "/sys/class/vtconsole"
#define PLATFORM  "/sys/bus/platform"
#define DEVICES   "/sys/bus/pci/devices"
#define SETTLE_MS 8000
#define STEP_MS   200
#define ASK_MS    5000
#define FAIL_MS   2000 /* a service that finds no screen has failed by then */

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* --- services --- */

/* A captured machine has no systemd to ask. */
static int systemctl(const struct root *root, const char *verb, const char *option,
        const char *unit, struct err *err)
{
	char *const argv[] = {(char *)"systemctl", (char *)verb, (char *)"--no-ask-password",
	        (char *)option, (char *)"--", (char *)unit, NULL};

	if (!root_is_host(root))
		return 0;
	return child_check(argv, NULL, HAND_UNIT_MS - 3 * ASK_MS, err);
}

/* systemctl tells of a service that ends at once only when asked again; our own stops count in its limit of starts. */
static int start_unit(const struct root *root, const char *unit, struct err *err)
{
	char *const argv[] = {(char *)"systemctl", (char *)"is-failed", (char *)"--quiet",
	        (char *)"--", (char *)unit, NULL};
	struct child_result result = {0};
	int r;

	systemctl(root, "reset-failed", "--quiet", unit, NULL);
	r = systemctl(root, "start", "--quiet", unit, err);
	if (r < 0 || !root_is_host(root))
		return r;
	sleep_ms(FAIL_MS);
	r = child_run(argv, NULL, ASK_MS, &result, err);
	free(result.output);
	if (r < 0 || result.status != 0)
		return r;
	return err_set(err, -EIO, _("%s was started again and has failed"), unit);
}

/* --- nobody has it in use --- */

static char *tell_holders(const struct hand_over *h)
{
	cleanup_strv struct strv list = {0};

	for (size_t i = 0; i < h->n_holders; i++)
		strv_addf(&list, "%s: %s", h->holders[i].who, h->holders[i].what);
	return strv_join(&list, ", ");
}

/* As the plan has looked: the firmware's frame buffer is the card's whose memory it is. */
static char *who_holds(const struct root *root, const struct pci *pci, struct pci_addr addr)
{
	cleanup(displays_finish) struct displays displays = {0};
	cleanup(hand_over_finish) struct hand_over h = {0};
	const struct strv none = {0};

	if (displays_take(root, &displays, NULL) < 0)
		return xstrdup("");
	displays_place(&displays, pci, NULL);
	hand_over_take(root, &displays, &addr, 1, &none, &h);
	return tell_holders(&h);
}

static int await_free(const struct root *root, const char *what, struct err *err)
{
	cleanup(pci_finish) struct pci pci = {0};
	cleanup_free char *holders = NULL;
	uint64_t begun = monotonic_us();
	struct pci_addr addr;

	if (pci_addr_parse(what, &addr) < 0)
		return err_set(err, -EINVAL, "%s", what);
	pci_take(root, &pci, NULL);
	for (;;) {
		free(holders);
		holders = who_holds(root, &pci, addr);
		if (!*holders)
			return 0;
		/* Nobody in a captured machine will close it. */
		if (!root_is_host(root) || monotonic_us() - begun > HAND_FREE_MS * 1000ull)
			break;
		sleep_ms(STEP_MS);
	}
	err_set(err, -EBUSY, _("%s is still in use after what was to be stopped has ended: %s"),
	        what, holders);
	err_hint(err, _("end these programs, or name their services in hand-over-stop="));
	err_code(err, CODE_HAND_HELD);
	return -EBUSY;
}

/* --- text consoles --- */

static bool is_frame_buffer(const struct root *root, const char *name)
{
	cleanup_free char *kind = root_readf(root, CONSOLES "/%s/name", name);

	return kind && strstr(kind, "frame buffer device");
}

static bool draws(const struct root *root, const char *name)
{
	cleanup_free char *path = xasprintf(CONSOLES "/%s/bind", name);
	uint64_t bound = 0;

	return root_read_u64(root, path, 10, &bound) == 0 && bound == 1;
}

static int set_bound(const struct root *root, const char *name, const char *text, struct err *err)
{
	cleanup_free char *path = xasprintf(CONSOLES "/%s/bind", name);

	return root_poke(root, path, text, err);
}

/* One that is gone, or another kind by now, does not draw on the card. */
static int leave_console(const struct root *root, const char *name, struct err *err)
{
	int r;

	if (!is_frame_buffer(root, name) || !draws(root, name))
		return 0;
	r = set_bound(root, name, "0", err);
	if (r < 0 || !draws(root, name))
		return r;
	return err_set(err, -EBUSY,
	        _("the text console stays on the frame buffer (%s/%s/bind is 1)"), CONSOLES, name);
}

/*
 * With its last frame buffer the kernel's console of that kind goes too, and comes again, bound, with the next one: maybe
 * by another number.
 */
static int return_console(const struct root *root, struct err *err)
{
	cleanup_strv struct strv names = {0};
	int r = 0;

	root_list(root, CONSOLES, &names);
	strv_foreach (name, &names) {
		if (is_frame_buffer(root, *name) && !draws(root, *name) && r == 0)
			r = set_bound(root, *name, "1", err);
	}
	return r;
}

/* --- the firmware's frame buffer --- */

/* Whether the device is there, and @driver has it. */
static bool buffer_state(
        const struct root *root, const char *driver, const char *device, bool *there)
{
	cleanup_free char *path = xasprintf(PLATFORM "/devices/%s", device);
	cleanup_free char *link = xasprintf("%s/driver", path);
	cleanup_free char *bound = root_link_name(root, link);

	*there = root_exists(root, path);
	return bound && streq(bound, driver);
}

static int poke_buffer(const struct root *root, const char *what, bool back, struct err *err)
{
	const char *slash = strchr(what, '/');
	cleanup_free char *driver = xstrndup(what, strcspn(what, "/")), *path = NULL;
	bool there, bound;

	if (!slash || strchr(slash + 1, '/') || starts_with(what, "."))
		return err_set(err, -EINVAL, "%s", what);
	bound = buffer_state(root, driver, slash + 1, &there);
	/* The kernel removes the device when a driver takes the memory it lies in. */
	if (!there || bound == back)
		return 0;
	path = xasprintf(PLATFORM "/drivers/%s/%s", driver, back ? "bind" : "unbind");
	return root_poke(root, path, slash + 1, err);
}

/* --- all of them --- */

int hand_act_do(const struct root *root, const struct hand_act *act, struct err *err)
{
	switch (act->kind) {
	case HAND_STOP:
		return systemctl(root, "stop", "--quiet", act->what, err);
	case HAND_FREE:
		return await_free(root, act->what, err);
	case HAND_CONSOLE:
		return leave_console(root, act->what, err);
	case HAND_BUFFER:
		return poke_buffer(root, act->what, false, err);
	}
	return -EINVAL;
}

int hand_act_undo(const struct root *root, const struct hand_act *act, struct err *err)
{
	switch (act->kind) {
	case HAND_STOP:
		return start_unit(root, act->what, err);
	case HAND_FREE:
		return 0;
	case HAND_CONSOLE:
		return return_console(root, err);
	case HAND_BUFFER:
		return poke_buffer(root, act->what, true, err);
	}
	return -EINVAL;
}

/* --- a card that its driver does not take back --- */

int hand_find_again(
        const struct root *root, struct pci_addr addr, const char *previous, struct err *err)
{
	struct pci_addr_text text = pci_addr_format(addr);
	cleanup_free char *device = xasprintf(DEVICES "/%s", text.s);
	cleanup_free char *remove = xasprintf("%s/remove", device);
	cleanup_free char *link = xasprintf("%s/driver", device);
	int r = root_poke(root, remove, "1", err);

	r = r < 0 ? r : root_poke(root, "/sys/bus/pci/rescan", "1", err);
	for (long waited = 0; r == 0 && waited <= SETTLE_MS; waited += STEP_MS) {
		cleanup_free char *driver = root_link_name(root, link);

		if (driver && previous && streq(driver, previous))
			return 0;
		if (!root_is_host(root))
			break;
		sleep_ms(STEP_MS);
	}
	if (r < 0)
		return r;
	return err_set(err, -EIO,
	        _("%s was taken off the bus and found again, and %s does not take it (%s)"), text.s,
	        previous ? previous : _("no driver"), link);
}
