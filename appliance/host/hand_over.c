/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/hand_over.h"

#include "base/i18n.h"
#include "host/attr.h"
#include "host/hand_over_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#define CLIENTS  "/sys/kernel/debug/dri"
#define CONSOLES "/sys/class/vtconsole"
#define PLATFORM "/sys/bus/platform/drivers"

struct taking {
	const struct root *root;
	const struct displays *displays;
	const struct pci_addr *cards;
	size_t n_cards;
	struct seat_session *sessions;
	size_t n_sessions;
	struct hand_over *out;
};

static bool is_card_of(const struct display_card *display, struct pci_addr card)
{
	return display->has_controller && pci_addr_equal(display->controller, card);
}

/* --- text consoles and the firmware's frame buffer --- */

static bool on_a_frame_buffer(const struct taking *t)
{
	for (size_t i = 0; i < t->displays->n * t->n_cards; i++) {
		const struct display_card *d = &t->displays->list[i / t->n_cards];

		if (d->frame_buffer && is_card_of(d, t->cards[i % t->n_cards]))
			return true;
	}
	return false;
}

static void take_consoles(const struct taking *t)
{
	cleanup_strv struct strv names = {0};

	root_list(t->root, CONSOLES, &names);
	strv_foreach (name, &names) {
		cleanup_free char *kind = attr_text(t->root, CONSOLES "/%s/name", *name);

		if (kind && strstr(kind, "frame buffer device") &&
		        attr_bool(t->root, CONSOLES "/%s/bind", *name) == 1)
			strv_add(&t->out->consoles, *name);
	}
}

static bool has_firmwares_buffer(const struct taking *t)
{
	for (size_t i = 0; i < t->displays->n * t->n_cards; i++) {
		const struct display_card *d = &t->displays->list[i / t->n_cards];

		if (display_is_firmwares(d) && is_card_of(d, t->cards[i % t->n_cards]))
			return true;
	}
	return false;
}

static void take_buffers(const struct taking *t)
{
	static const char *const drivers[] = {"simple-framebuffer", "efi-framebuffer",
	        "vesa-framebuffer", "platform-framebuffer"};

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		cleanup_free char *folder = xasprintf(PLATFORM "/%s", drivers[i]);
		cleanup_free char *prefix = xasprintf("%s.", drivers[i]);
		cleanup_strv struct strv names = {0};

		root_list(t->root, folder, &names);
		strv_foreach (name, &names) {
			if (starts_with(*name, prefix))
				*list_append(t->out->buffers, t->out->n_buffers) =
				        (struct hand_over_buffer){
				                xstrdup(drivers[i]), xstrdup(*name)};
		}
	}
}

/* --- who holds it --- */

static struct hand_over_holder *add_holder(
        const struct taking *t, struct pci_addr addr, char *who, char *what)
{
	struct hand_over *h = t->out;

	for (size_t i = 0; i < h->n_holders; i++) {
		struct hand_over_holder *old = &h->holders[i];

		if (streq(old->who, who) && pci_addr_equal(old->addr, addr)) {
			free(who);
			free(what);
			return old;
		}
	}
	*list_append(h->holders, h->n_holders) =
	        (struct hand_over_holder){.addr = addr, .who = who, .what = what};
	return &h->holders[h->n_holders - 1];
}

static void add_process(
        const struct taking *t, struct pci_addr addr, const char *pid, const char *who, char *what)
{
	const struct seat_session *session = NULL;
	struct hand_over_holder *h = add_holder(t, addr, xstrdup(who), what);

	if (h->units.n)
		return;
	process_units(t->root, t->sessions, t->n_sessions, pid, &h->units, &session);
	h->session = session && session->graphical;
}

/* "812" of "Xorg (812)"; caller frees. */
static char *pid_of(const char *user)
{
	const char *open = strrchr(user, '(');

	return open ? xstrndup(open + 1, strspn(open + 1, "0123456789")) : xstrdup("");
}

/*
 * logind opens cards for those who sit before the screen, and closes them when their session ends: they are the ones
 * who hold it.
 */
static void take_drm_users(const struct taking *t, struct pci_addr card)
{
	for (size_t i = 0; i < t->displays->n; i++) {
		const struct display_card *d = &t->displays->list[i];

		if (!is_card_of(d, card))
			continue;
		strv_foreach (user, &d->users) {
			cleanup_free char *pid = pid_of(*user);

			if (*pid && !process_is_logind(t->root, pid))
				add_process(t, card, pid, *user, xasprintf("/dev/dri/%s", d->name));
		}
	}
}

static bool logind_holds(const struct taking *t, const struct display_card *d)
{
	strv_foreach (user, &d->users) {
		cleanup_free char *pid = pid_of(*user);

		if (*pid && process_is_logind(t->root, pid))
			return true;
	}
	return false;
}

/* By logind's own list, which needs no look into programs. */
static bool has_device(const struct taking *t, const struct seat_session *s, struct pci_addr card)
{
	for (size_t i = 0; i < t->displays->n; i++) {
		const struct display_card *d = &t->displays->list[i];
		cleanup_free char *number =
		        is_card_of(d, card) ? attr_text(t->root, "/sys/class/drm/%s/dev", d->name)
		                            : NULL;

		if (number && strv_has(&s->devices, number))
			return true;
	}
	return false;
}

static void add_session(const struct taking *t, struct pci_addr card, const struct seat_session *s)
{
	struct hand_over_holder *h = add_holder(t, card,
	        xasprintf(_("session %s of %s"), s->id, s->user ? s->user : "?"),
	        xasprintf("/run/systemd/sessions/%s", s->id));

	h->session = true;
	if (!h->units.n)
		session_units(t->root, s, &h->units);
}

/*
 * A graphical session may hold a card by way of logind alone: this one, where logind is seen to have it open, or where
 * this PC has no other.
 */
static void take_sessions(const struct taking *t, struct pci_addr card)
{
	bool other = false, opened = false;

	for (size_t i = 0; i < t->displays->n; i++) {
		const struct display_card *d = &t->displays->list[i];

		opened |= is_card_of(d, card) && logind_holds(t, d);
		/* The firmware's picture lies in some card's memory, maybe in this one's: it is no card. */
		other |= !is_card_of(d, card) && !(display_is_firmwares(d) && !d->has_controller);
	}
	for (size_t i = 0; i < t->n_sessions; i++) {
		const struct seat_session *s = &t->sessions[i];

		if (has_device(t, s, card) || (s->graphical && (opened || !other)))
			add_session(t, card, s);
	}
}

/* Adds the nodes beside those of DRM that belong to the function: "/dev/fb0", "/dev/nvidia0". */
static void add_nodes(const struct taking *t, struct pci_addr card, struct strv *nodes)
{
	struct pci_addr_text addr = pci_addr_format(card);
	cleanup_free char *folder = xasprintf("/sys/bus/pci/devices/%s/graphics", addr.s);
	cleanup_free char *text =
	        root_readf(t->root, "/proc/driver/nvidia/gpus/%s/information", addr.s);
	const char *minor = text ? strstr(text, "Device Minor:") : NULL;
	cleanup_strv struct strv names = {0};

	root_list(t->root, folder, &names);
	strv_foreach (name, &names)
		strv_addf(nodes, "/dev/%s", *name);
	if (!minor)
		return;
	minor += strlen("Device Minor:");
	minor += strspn(minor, " \t");
	strv_addf(nodes, "/dev/nvidia%.*s", (int)strspn(minor, "0123456789"), minor);
}

static void look_at_process(
        const struct taking *t, struct pci_addr card, const char *pid, const struct strv *nodes)
{
	cleanup_free char *path = xasprintf("/proc/%s/fd", pid), *name = NULL, *who = NULL;
	int fd = root_openat(t->root, path, O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		close_fd(&fd);
		return;
	}
	name = attr_text(t->root, "/proc/%s/comm", pid);
	who = xasprintf("%s (%s)", name ? name : "?", pid);
	while ((e = readdir(dir))) {
		char target[64];
		ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		if (n > 0 && strv_has(nodes, target))
			add_process(t, card, pid, who, xstrdup(target));
	}
	closedir(dir);
}

static void take_node_users(const struct taking *t, struct pci_addr card)
{
	cleanup_strv struct strv nodes = {0}, pids = {0};

	add_nodes(t, card, &nodes);
	if (nodes.n)
		root_list(t->root, "/proc", &pids);
	strv_foreach (pid, &pids) {
		if (!(*pid)[strspn(*pid, "0123456789")])
			look_at_process(t, card, *pid, &nodes);
	}
}

/* Whether the links of other people's programs are ours to read. */
static bool sees_open_files(const struct root *root)
{
	cleanup_free char *link = root_link_name(root, "/proc/1/fd/0");

	return link || !root_exists(root, "/proc/1/fd");
}

/* NVIDIA's own services have every card open on which its driver is, for as long as they run. */
static void take_services(const struct taking *t, struct pci_addr card)
{
	static const char *const services[] = {
	        "nvidia-persistenced.service", "nvidia-powerd.service"};

	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		struct hand_over_holder *h;

		if (!unit_runs(t->root, services[i]))
			continue;
		h = add_holder(t, card, xstrdup(services[i]),
		        xasprintf("/sys/fs/cgroup/system.slice/%s", services[i]));
		if (!h->units.n)
			strv_add(&h->units, services[i]);
	}
}

static void take_unseen(const struct taking *t, struct pci_addr card)
{
	size_t before = t->out->unseen.n;
	cleanup_strv struct strv nodes = {0};

	if (sees_open_files(t->root))
		return;
	add_nodes(t, card, &nodes);
	strv_foreach (node, &nodes) {
		if (starts_with(*node, "/dev/nvidia"))
			strv_add(&t->out->unseen, *node);
	}
	if (t->out->unseen.n > before)
		take_services(t, card);
	for (size_t i = 0; i < t->displays->n; i++) {
		const struct display_card *d = &t->displays->list[i];
		cleanup_free char *text = NULL;

		if (!is_card_of(d, card) || !is_numbered(d->name, "card"))
			continue;
		text = root_readf(t->root, CLIENTS "/%s/clients", d->name + strlen("card"));
		if (!text)
			strv_addf(&t->out->unseen, "/dev/dri/%s", d->name);
	}
}

/* --- sound --- */

/* A stream that is open has "owner_pid   : 812"; Documentation/sound/designs/procfile.rst. */
static void take_stream(const struct taking *t, struct pci_addr card, const char *path)
{
	cleanup_free char *text = root_read(t->root, path), *pid = NULL, *name = NULL, *who = NULL;
	const char *at;

	if (!text || starts_with(text, "closed"))
		return;
	at = strstr(text, "owner_pid");
	at = at ? at + strcspn(at, ":\n") : "";
	at += strspn(at, ": \t");
	pid = xstrndup(at, strspn(at, "0123456789"));
	name = *pid ? attr_text(t->root, "/proc/%s/comm", pid) : NULL;
	who = xasprintf("%s (%s)", name ? name : "?", *pid ? pid : "?");
	add_process(t, card, pid, who, xstrdup(path));
}

static void take_sound(const struct taking *t, struct pci_addr card)
{
	struct pci_addr_text addr = pci_addr_format(card);
	cleanup_free char *folder = xasprintf("/sys/bus/pci/devices/%s/sound", addr.s);
	cleanup_strv struct strv cards = {0};

	root_list(t->root, folder, &cards);
	strv_foreach (name, &cards) {
		cleanup_free char *streams = xasprintf("/proc/asound/%s", *name);
		cleanup_strv struct strv names = {0};

		if (is_numbered(*name, "card"))
			root_list(t->root, streams, &names);
		strv_foreach (stream, &names) {
			cleanup_free char *path = xasprintf("%s/%s/sub0/status", streams, *stream);

			if (starts_with(*stream, "pcm"))
				take_stream(t, card, path);
		}
	}
}

/* --- all --- */

static void take_units(const struct taking *t, const struct strv *units)
{
	strv_foreach (unit, units) {
		char *real = unit_real_name(t->root, *unit);

		strv_take(&t->out->asked, real);
		if (unit_runs(t->root, real) && !strv_has(&t->out->running, real))
			strv_add(&t->out->running, real);
	}
}

static bool is_display(const struct taking *t, struct pci_addr card)
{
	for (size_t i = 0; i < t->displays->n; i++) {
		if (is_card_of(&t->displays->list[i], card))
			return true;
	}
	return false;
}

void hand_over_take(const struct root *root, const struct displays *displays,
        const struct pci_addr *cards, size_t n, const struct strv *units, struct hand_over *out)
{
	struct taking t = {
	        .root = root, .displays = displays, .cards = cards, .n_cards = n, .out = out};

	*out = (struct hand_over){.taken = true};
	seat_sessions_take(root, &t.sessions, &t.n_sessions);
	for (size_t i = 0; i < n; i++) {
		take_drm_users(&t, cards[i]);
		take_node_users(&t, cards[i]);
		take_unseen(&t, cards[i]);
		take_sound(&t, cards[i]);
		if (is_display(&t, cards[i]))
			take_sessions(&t, cards[i]);
	}
	if (n && on_a_frame_buffer(&t))
		take_consoles(&t);
	if (n && has_firmwares_buffer(&t))
		take_buffers(&t);
	take_units(&t, units);
	seat_sessions_finish(&t.sessions, &t.n_sessions);
}

void hand_over_finish(struct hand_over *h)
{
	for (size_t i = 0; i < h->n_holders; i++) {
		free(h->holders[i].who);
		free(h->holders[i].what);
		strv_finish(&h->holders[i].units);
	}
	for (size_t i = 0; i < h->n_buffers; i++) {
		free(h->buffers[i].driver);
		free(h->buffers[i].device);
	}
	free(h->holders);
	free(h->buffers);
	strv_finish(&h->consoles);
	strv_finish(&h->asked);
	strv_finish(&h->running);
	strv_finish(&h->unseen);
	*h = (struct hand_over){0};
}
