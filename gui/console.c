/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console.h"
#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kd.h>
#include <linux/major.h>
#include <linux/vt.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <systemd/sd-event.h>
#include <unistd.h>

/* include/uapi/drm/drm.h: no argument, so that nothing of libdrm is needed for them. */
#define DRM_SET_MASTER  _IO('d', 0x1e)
#define DRM_DROP_MASTER _IO('d', 0x1f)

struct console {
	int tty, drm;
	bool shown;
	int mode; /* KD_TEXT, as it was */
	sd_event_source *release, *acquire;
	void (*changed)(void *user, bool shown);
	void *user;
};

/*
 * A program that crashes must not leave a keyboard muted and a screen that shows no text: K_OFF and KD_GRAPHICS outlive it.
 * This is all that a handler can do, and it needs numbers that are there before.
 */
static struct {
	int tty, keyboard, mode;
} kept = {-1, 0, KD_TEXT};

static const int deadly[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};

static void on_death(int number)
{
	ioctl(kept.tty, KDSKBMODE, kept.keyboard);
	ioctl(kept.tty, KDSETMODE, kept.mode);
	raise(number); /* SA_RESETHAND: as if there had been no handler */
}

static void guard(bool on)
{
	struct sigaction action = {.sa_flags = SA_RESETHAND | SA_NODEFER};

	action.sa_handler = on ? on_death : SIG_DFL;
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		sigaction(deadly[i], &action, NULL);
}

static void tell(struct console *console, bool shown)
{
	console->shown = shown;
	console->changed(console->user, shown);
}

/* Somebody else's screen from now on: without the card's master given back the kernel could not draw its text. */
static int on_release(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
	struct console *console = user;

	(void)source, (void)info;
	tell(console, false);
	ioctl(console->drm, DRM_DROP_MASTER);
	ioctl(console->tty, VT_RELDISP, 1);
	return 0;
}

static int on_acquire(sd_event_source *source, const struct signalfd_siginfo *info, void *user)
{
	struct console *console = user;

	(void)source, (void)info;
	ioctl(console->tty, VT_RELDISP, VT_ACKACQ);
	ioctl(console->drm, DRM_SET_MASTER);
	tell(console, true);
	return 0;
}

/* The number of the virtual terminal; 0: it is none. */
static int number_of(int tty)
{
	unsigned device = 0;

	/* /dev/tty stands for another one; only this tells which. */
	if (ioctl(tty, TIOCGDEV, &device) < 0 || major(device) != TTY_MAJOR ||
	        minor(device) > MAX_NR_CONSOLES)
		return 0;
	return (int)minor(device);
}

static bool is_active(int tty)
{
	struct vt_stat state;

	return ioctl(tty, VT_GETSTATE, &state) < 0 || state.v_active == number_of(tty);
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Whoever started on a terminal that nobody looks at does not take the screen from the one that is looked at. */
static void begin(struct console *console)
{
	const struct vt_mode mode = {.mode = VT_PROCESS, .relsig = SIGUSR1, .acqsig = SIGUSR2};

	ioctl(console->tty, KDGETMODE, &console->mode);
	kept.tty = console->tty;
	kept.mode = console->mode;
	/* SDL has muted the keyboard by now and keeps what it was for itself; all consoles of today are this. */
	kept.keyboard = K_UNICODE;
	guard(true);
	ioctl(console->tty, VT_SETMODE, &mode);
	ioctl(console->tty, KDSETMODE, KD_GRAPHICS);
	console->shown = is_active(console->tty);
	if (!console->shown)
		ioctl(console->drm, DRM_DROP_MASTER);
}

struct console *console_create(
        sd_event *event, int drm, void (*changed)(void *user, bool shown), void *user)
{
	struct console *console;
	cleanup_close int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (tty < 0 || number_of(tty) == 0)
		return NULL;
	console = xcalloc(1, sizeof(*console));
	*console = (struct console){
	        .tty = take_fd(tty), .drm = drm, .mode = KD_TEXT, .changed = changed, .user = user};
	block_signals();
	if (sd_event_add_signal(event, &console->release, SIGUSR1, on_release, console) < 0 ||
	        sd_event_add_signal(event, &console->acquire, SIGUSR2, on_acquire, console) < 0) {
		sd_event_source_disable_unref(console->release);
		close_fd(&console->tty);
		free(console);
		return NULL;
	}
	begin(console);
	return console;
}

void console_destroy(struct console *console)
{
	const struct vt_mode mode = {.mode = VT_AUTO};

	if (!console)
		return;
	ioctl(console->tty, VT_SETMODE, &mode);
	ioctl(console->tty, KDSETMODE, console->mode);
	guard(false);
	kept.tty = -1;
	sd_event_source_disable_unref(console->release);
	sd_event_source_disable_unref(console->acquire);
	close_fd(&console->tty);
	free(console);
}

bool console_shown(const struct console *console)
{
	return !console || console->shown;
}

void console_switch(struct console *console, int number)
{
	if (console)
		ioctl(console->tty, VT_ACTIVATE, number);
}
