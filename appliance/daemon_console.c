/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's end of its connection to playthrough-console (bus/console_wire.h): tells what the VMs do, and hands over
 * connections to their displays. All that is heard of the console is one packet of a fixed size, for daemon_access.c.
 */
#include "base/i18n.h"
#include "base/log.h"
#include "base/socket.h"
#include "bus/console_wire.h"
#include "daemon.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define GIVE_MS       5000u
#define CONNECTS_MOST 5u /* in this time */
#define CONNECTS_US   2000000u
#define REPORTS_MOST  20u
#define REPORTS_US    1000000u

struct daemon_console {
	struct daemon *daemon;
	char *path;
	char *wanted; /* what a person asked to see last: a VM, "" the front end; NULL: nothing */
	uid_t uid;    /* of the console */
	int listener, peer;
	int sound; /* of the seat, for a console that has not come yet; -1: none */
	sd_event_source *listening, *hearing;
	unsigned generation; /* of the peer */
	unsigned first; /* words to it that are still to come before CONSOLE_BEGUN; QEMU is asked */
};

/* A display that QEMU was asked for. */
struct display_wait {
	struct daemon_console *console;
	unsigned generation;
	bool first;
	struct console_message message;
};

/* --- what is told --- */

static void drop_peer(struct daemon_console *c)
{
	bool was = c->peer >= 0;

	c->hearing = sd_event_source_disable_unref(c->hearing);
	close_fd(&c->peer);
	c->generation++;
	if (was)
		daemon_access_heard(c->daemon, NULL);
}

/* One that does not take what it is told is given up: it connects anew, and is told everything then. */
static void send_message(struct daemon_console *c, const struct console_message *m, int fd)
{
	if (socket_send(c->peer, m, sizeof(*m), &fd, fd >= 0) != (ssize_t)sizeof(*m))
		drop_peer(c);
}

static struct console_message new_message(enum console_kind kind, const char *vm)
{
	struct console_message m = {.magic = CONSOLE_MAGIC, .kind = (uint16_t)kind};

	snprintf(m.vm, sizeof(m.vm), "%s", vm);
	return m;
}

/* Cut between characters where it is too long. */
static void set_text(char *to, size_t room, json_t *text)
{
	const char *from = json_string_value(text);
	size_t n = from ? strlen(from) : 0;

	n = n < room ? n : room - 1;
	while (n && from[n] && (from[n] & 0xc0) == 0x80)
		n--;
	memcpy(to, from ? from : "", n);
	to[n] = '\0';
}

static uint8_t state_of(const char *name)
{
	static const struct {
		enum vm_state state;
		enum console_vm_state told;
	} states[] = {{VM_STARTING, CONSOLE_VM_STARTING}, {VM_RUNNING, CONSOLE_VM_RUNNING},
	        {VM_STOPPING, CONSOLE_VM_STOPPING}};

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		if (name && streq(name, vm_state_name(states[i].state)))
			return (uint8_t)states[i].told;
	return CONSOLE_VM_STOPPED;
}

/* QEMU's answer takes its time, in which it may have ended. */
static bool still_runs(const struct daemon_console *c, const char *name)
{
	json_t *status = vms_status_json(c->daemon->vms, name, NULL);
	uint8_t state = state_of(json_string_value(json_object_get(status, "state")));

	json_decref(status);
	return state == CONSOLE_VM_RUNNING;
}

static void tell_wanted(struct daemon_console *c)
{
	const struct console_message m = new_message(CONSOLE_SHOW, c->wanted ? c->wanted : "");

	if (c->wanted && c->peer >= 0)
		send_message(c, &m, -1);
}

/* --- the seat's sound --- */

static void hand_sound_over(struct daemon_console *c)
{
	const struct console_message m = {.magic = CONSOLE_MAGIC, .kind = CONSOLE_SOUND};

	/* Before it has heard everything it is not told what to do. */
	if (c->sound < 0 || c->peer < 0 || c->first)
		return;
	send_message(c, &m, c->sound);
	close_fd(&c->sound);
}

int daemon_console_sound(struct daemon *daemon, int *fd, struct err *err)
{
	struct daemon_console *c = daemon->console;
	int pair[2], r = daemon_access_run(daemon, CONSOLE_FOR_SEAT, err);

	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return err_errno(err, -errno, "socketpair");
	*fd = pair[0];
	close_fd(&c->sound);
	c->sound = pair[1];
	hand_sound_over(c);
	return 0;
}

/* --- what is told first --- */

/* One of the first words has been told. */
static void count_first(struct daemon_console *c)
{
	const struct console_message begun = {.magic = CONSOLE_MAGIC, .kind = CONSOLE_BEGUN};

	if (--c->first || c->peer < 0)
		return;
	send_message(c, &begun, -1);
	tell_wanted(c);
	hand_sound_over(c);
}

static void on_display(void *user, int fd, const struct err *err)
{
	struct display_wait *wait = user;
	struct daemon_console *c = wait->console;

	/* The daemon or the VM may be on its way out, or another console may have come. */
	if (!(err && err->number == -ECANCELED) && wait->generation == c->generation &&
	        still_runs(c, wait->message.vm)) {
		wait->message.display = fd >= 0;
		send_message(c, &wait->message, fd);
	}
	close_fd(&fd);
	if (wait->first && wait->generation == c->generation)
		count_first(c);
	free(wait);
}

static void tell_vm(struct daemon_console *c, const char *name, bool first)
{
	json_t *status = vms_status_json(c->daemon->vms, name, NULL);
	struct display_wait *wait = xcalloc(1, sizeof(*wait));
	struct console_message m = new_message(CONSOLE_VM, name);

	m.state = state_of(json_string_value(json_object_get(status, "state")));
	set_text(m.title, sizeof(m.title), json_object_get(status, "title"));
	if (m.state == CONSOLE_VM_STOPPED)
		set_text(m.why, sizeof(m.why),
		        json_object_get(json_object_get(status, "last_end"), "reason"));
	json_decref(status);
	*wait = (struct display_wait){c, c->generation, first, m};
	if (m.state == CONSOLE_VM_RUNNING) {
		c->first += first; /* the answer may come at once */
		if (vms_display(c->daemon->vms, name, on_display, wait, NULL) == 0)
			return;
		c->first -= first;
	}
	free(wait);
	send_message(c, &m, -1);
}

void daemon_console_vm_changed(struct daemon *daemon, const char *name)
{
	struct daemon_console *c = daemon->console;

	if (!c)
		return;
	/* Another start is another wish. */
	if (c->wanted && (!c->wanted[0] || streq(c->wanted, name)))
		free(take_ptr(c->wanted));
	if (c->peer >= 0)
		tell_vm(c, name, false);
}

void daemon_console_show(struct daemon *daemon, const char *name)
{
	struct daemon_console *c = daemon->console;

	if (!c)
		return;
	free(c->wanted);
	c->wanted = xstrdup(name);
	tell_wanted(c);
}

bool daemon_console_there(const struct daemon *daemon)
{
	return daemon->console && daemon->console->peer >= 0;
}

void daemon_console_tell(struct daemon *daemon, const struct console_message *m, int fd)
{
	if (daemon_console_there(daemon))
		send_message(daemon->console, m, fd);
}

static void tell_all(struct daemon_console *c)
{
	json_t *vms = vms_list_json(c->daemon->vms), *vm;
	size_t i;

	c->first = 1; /* until all have been asked for */
	daemon_access_tell(c->daemon);
	json_array_foreach (vms, i, vm) {
		const char *state = json_string_value(json_object_get(vm, "state"));
		const char *name = json_string_value(json_object_get(vm, "name"));

		if (c->peer >= 0 && name && state && state_of(state) != CONSOLE_VM_STOPPED)
			tell_vm(c, name, true);
	}
	json_decref(vms);
	count_first(c);
}

/* --- who is told --- */

/* One that says what it cannot have to say is given up. */
/* It has gone, and with it whoever held what VMs gave it. */
static void lose_peer(struct daemon_console *c)
{
	drop_peer(c);
	vms_displays_ended(c->daemon->vms);
}

static int on_peer(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct daemon_console *c = user;
	struct console_report report;
	ssize_t n =
	        events & EPOLLIN ? recv(fd, &report, sizeof(report), MSG_DONTWAIT | MSG_TRUNC) : 0;

	(void)source;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0 || !console_report_good(&report, (size_t)n))
		lose_peer(c);
	else
		daemon_access_heard(c->daemon, &report);
	return 0;
}

static bool is_console(const struct daemon_console *c, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == c->uid;
}

static int on_connection(sd_event_source *source, int listener, uint32_t events, void *user)
{
	struct daemon_console *c = user;
	cleanup_close int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)source, (void)events;
	if (fd < 0 || !is_console(c, fd))
		return 0;
	drop_peer(c); /* a new one takes the place of one that was killed */
	if (sd_event_add_io(c->daemon->event, &c->hearing, fd, EPOLLIN | EPOLLRDHUP, on_peer, c) <
	                0 ||
	        sd_event_source_set_ratelimit(c->hearing, REPORTS_US, REPORTS_MOST) < 0)
		return 0;
	c->peer = take_fd(fd);
	tell_all(c);
	return 0;
}

static int listen_at(const char *path, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	cleanup_close int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int r;

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return err_errno(err, fd < 0 ? -errno : -ENAMETOOLONG, "%s", path);
	memcpy(address.sun_path, path, strlen(path));
	unlink(path); /* of a daemon that was killed */
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(mask);
	if (r == 0 && listen(fd, 2) < 0)
		r = -errno;
	return r < 0 ? err_errno(err, r, "%s", path) : take_fd(fd);
}

/* To be connected to by the console's user alone, where that is another one. */
static int give_to_console(const struct daemon_console *c, struct err *err)
{
	const struct acts acts = daemon_acts_of(c->daemon);
	const struct act_file file = {c->path};
	int fd;

	return c->uid == geteuid() ? 0
	                           : acts_call_now(&acts, ACT_CONSOLE, &file, GIVE_MS, &fd, err);
}

/* Each connection has every profile read and every QEMU asked: not without end, whoever connects. */
static bool watch_listener(struct daemon_console *c)
{
	return sd_event_add_io(c->daemon->event, &c->listening, c->listener, EPOLLIN, on_connection,
	               c) >= 0 &&
	       sd_event_source_set_ratelimit(c->listening, CONNECTS_US, CONNECTS_MOST) >= 0;
}

/* In a session it is the same user; on this PC it is one of its own, where the console is installed. */
static bool find_user(const struct daemon *daemon, uid_t *uid)
{
	const struct passwd *user = daemon->paths.session ? NULL : getpwnam(CONSOLE_USER);

	*uid = user ? user->pw_uid : geteuid();
	return user || daemon->paths.session;
}

/* Games do without it. */
void daemon_console_start(struct daemon *daemon)
{
	struct daemon_console *c;
	struct err err;
	uid_t uid;

	if (!find_user(daemon, &uid))
		return;
	c = xcalloc(1, sizeof(*c));
	*c = (struct daemon_console){
	        .daemon = daemon, .uid = uid, .listener = -1, .peer = -1, .sound = -1};
	c->path = xasprintf("%s/" CONSOLE_LINK, daemon->paths.run_dir);
	daemon->console = c;
	c->listener = listen_at(c->path, &err);
	if (c->listener >= 0 && give_to_console(c, &err) == 0 && watch_listener(c))
		return;
	log_warning(_("the console cannot be told of VMs: %s"), err.message);
	daemon_console_stop(daemon);
}

void daemon_console_stop(struct daemon *daemon)
{
	struct daemon_console *c = take_ptr(daemon->console);

	if (!c)
		return;
	drop_peer(c);
	close_fd(&c->sound);
	sd_event_source_disable_unref(c->listening);
	if (c->listener >= 0)
		unlink(c->path);
	close_fd(&c->listener);
	free(c->path);
	free(c->wanted);
	free(c);
}
