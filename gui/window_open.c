/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "window_open.h"
#include "base/i18n.h"
#include "video.h"

#include <SDL_syswm.h>
#include <X11/Xlib.h>
#include <dlfcn.h>
#include <errno.h>

#define WINDOW_WIDTH  1280
#define WINDOW_HEIGHT 720

static void set_hints(void)
{
	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
	/* Pads by evdev alone, whose descriptors can be waited for. */
	SDL_SetHint(SDL_HINT_JOYSTICK_HIDAPI, "0");
	SDL_SetHint("SDL_APP_NAME", "Playthrough");
	SDL_SetHint("SDL_VIDEO_X11_WMCLASS", "playthrough-gui");
	SDL_SetHint("SDL_VIDEO_WAYLAND_WMCLASS", "playthrough-gui");
	/* The environment's own SDL_VIDEODRIVER goes before it. */
	SDL_SetHint(
	        SDL_HINT_VIDEODRIVER, video_drivers(getenv("WAYLAND_DISPLAY"), getenv("DISPLAY")));
}

static void choose_card(void)
{
	cleanup_free char *number = NULL;
	struct root root;
	int card;

	if (root_open(&root, "/", NULL) < 0)
		return;
	card = video_card(&root);
	root_close(&root);
	if (card < 0)
		return;
	number = xasprintf("%d", card);
	SDL_SetHint(SDL_HINT_KMSDRM_DEVICE_INDEX, number);
}

static SDL_Window *create(const struct app_options *o)
{
	const char *driver = SDL_GetCurrentVideoDriver();
	Uint32 flags = SDL_WINDOW_RESIZABLE;

	SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, video_acceleration(driver));
	if (o->fullscreen || video_is_bare(driver))
		flags |= SDL_WINDOW_FULLSCREEN_DESKTOP;
	return SDL_CreateWindow("Playthrough", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
	        o->width ? o->width : WINDOW_WIDTH, o->height ? o->height : WINDOW_HEIGHT, flags);
}

SDL_Window *window_open(const struct app_options *options, struct err *err)
{
	SDL_Window *window = NULL;

	set_hints();
	choose_card();
	if (SDL_Init(SDL_INIT_VIDEO) == 0)
		window = create(options);
	if (window && SDL_GetWindowSurface(window)) {
		SDL_StopTextInput();
		return window;
	}
	err_set(err, -ENODEV, _("there is no screen to show anything on: %s"), SDL_GetError());
	err_hint(err, "%s",
	        window ? _("pictures are shown by OpenGL there: install libegl1, libgles2 and "
	                   "libgl1-mesa-dri")
	               : _("start it on a desktop or on a console of this PC; the command line can "
	                   "do all of it too: playthrough help"));
	if (window)
		SDL_DestroyWindow(window);
	return NULL;
}

/* --- descriptors --- */

/* libwayland is SDL's to load; it is asked only where SDL has it already. */
static int wayland_fd(void *display)
{
	void *library = dlopen("libwayland-client.so.0", RTLD_LAZY | RTLD_NOLOAD);
	int (*get_fd)(void *) = NULL;

	if (library)
		*(void **)&get_fd = dlsym(library, "wl_display_get_fd");
	return get_fd ? get_fd(display) : -1;
}

int window_display_fd(SDL_Window *window)
{
	SDL_SysWMinfo info;

	SDL_VERSION(&info.version);
	if (!SDL_GetWindowWMInfo(window, &info))
		return -1;
	if (info.subsystem == SDL_SYSWM_X11)
		return ConnectionNumber(info.info.x11.display);
	if (info.subsystem == SDL_SYSWM_WAYLAND)
		return wayland_fd(info.info.wl.display);
	return -1;
}

int window_card_fd(SDL_Window *window)
{
	SDL_SysWMinfo info;

	SDL_VERSION(&info.version);
	return SDL_GetWindowWMInfo(window, &info) && info.subsystem == SDL_SYSWM_KMSDRM
	               ? info.info.kmsdrm.drm_fd
	               : -1;
}
