/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The window. The loop sleeps until a descriptor fires or something is to move; SDL is asked only after that, and a
 * picture is drawn only when there is something new in it.
 */
#include "app_parts.h"
#include "base/i18n.h"
#include "base/log.h"
#include "input/sdl.h"
#include "input/wake.h"

#include <SDL_syswm.h>
#include <X11/Xlib.h>
#include <dlfcn.h>
#include <errno.h>
#include <sys/epoll.h>
#include <time.h>

#define WINDOW_WIDTH  1280
#define WINDOW_HEIGHT 720

struct window {
	struct app app;
	SDL_Window *window;
	struct input input;
	struct sdl_input sdl;
	struct wake *wake;
	sd_event_source *display;
	SDL_Surface *own; /* where the window has pixels of another form */
	bool pads;        /* were looked for: after the first frame */
};

/* --- descriptors --- */

static void fired(void *user)
{
	(void)user; /* the loop asks SDL after every turn */
}

static int on_display(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct window *w = user;

	(void)source, (void)fd;
	if (events & (EPOLLHUP | EPOLLERR))
		w->app.quit = true;
	return 0;
}

/* libwayland is SDL's to load; it is asked only where SDL has it already. */
static int wayland_fd(void *display)
{
	void *library = dlopen("libwayland-client.so.0", RTLD_LAZY | RTLD_NOLOAD);
	int (*get_fd)(void *) = NULL;

	if (library)
		*(void **)&get_fd = dlsym(library, "wl_display_get_fd");
	return get_fd ? get_fd(display) : -1;
}

/* The window system's own descriptor; -1: there is none, input comes from the devices. */
static int display_fd(SDL_Window *window)
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

static int watch(struct window *w, struct err *err)
{
	int fd = display_fd(w->window), r = 0;

	if (fd >= 0)
		r = sd_event_add_io(w->app.event, &w->display, fd, EPOLLIN, on_display, w);
	if (r < 0)
		return err_errno(err, r, "sd-event");
	w->wake = wake_create(w->app.event, fd < 0, fired, w);
	return app_catch_signals(&w->app, err);
}

/* --- begin --- */

static int open_window(struct window *w, const struct app_options *o, struct err *err)
{
	Uint32 flags = SDL_WINDOW_RESIZABLE | (o->fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);

	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
	/* Pictures are drawn here: no OpenGL is loaded to show them. */
	SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
	/* Pads by evdev alone, whose descriptors can be waited for. */
	SDL_SetHint(SDL_HINT_JOYSTICK_HIDAPI, "0");
	SDL_SetHint("SDL_APP_NAME", "Playthrough");
	SDL_SetHint("SDL_VIDEO_X11_WMCLASS", "playthrough-gui");
	SDL_SetHint("SDL_VIDEO_WAYLAND_WMCLASS", "playthrough-gui");
	if (SDL_Init(SDL_INIT_VIDEO) == 0)
		w->window = SDL_CreateWindow("Playthrough", SDL_WINDOWPOS_CENTERED,
		        SDL_WINDOWPOS_CENTERED, o->width ? o->width : WINDOW_WIDTH,
		        o->height ? o->height : WINDOW_HEIGHT, flags);
	if (!w->window) {
		err_set(err, -ENODEV, _("there is no screen to show anything on: %s"),
		        SDL_GetError());
		err_hint(err, _("start it on a desktop or on a console of this PC; the command "
		                "line can do all of it too: playthrough help"));
		return -ENODEV;
	}
	SDL_StopTextInput();
	return 0;
}

/* --- a turn of the loop --- */

static void take_window_event(struct window *w, const SDL_WindowEvent *event)
{
	int width, height;

	SDL_GetWindowSize(w->window, &width, &height);
	shell_resize(&w->app.shell, width, height);
	if (event->event == SDL_WINDOWEVENT_FOCUS_LOST)
		input_release_all(&w->input, app_now_ms());
}

static void toggle_fullscreen(struct window *w)
{
	bool full = SDL_GetWindowFlags(w->window) & SDL_WINDOW_FULLSCREEN_DESKTOP;

	SDL_SetWindowFullscreen(w->window, full ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
}

/* Returns whether there was anything. */
static bool pump(struct window *w)
{
	SDL_Event event;
	bool any = false;

	while (SDL_PollEvent(&event)) {
		any = true;
		w->sdl.width = w->app.shell.width;
		w->sdl.height = w->app.shell.height;
		if (event.type == SDL_QUIT)
			w->app.quit = true;
		else if (event.type == SDL_WINDOWEVENT)
			take_window_event(w, &event.window);
		else if (event.type == SDL_KEYDOWN && event.key.keysym.sym == SDLK_F11)
			toggle_fullscreen(w);
		else
			sdl_input_take(&w->sdl, &event, app_now_ms());
	}
	return any;
}

static bool is_plain(const SDL_Surface *surface)
{
	const SDL_PixelFormat *f = surface->format;

	return f->BytesPerPixel == 4 && f->Rmask == 0xff0000 && f->Gmask == 0xff00 &&
	       f->Bmask == 0xff && surface->pitch % 4 == 0;
}

/* The window's own pixels, or where they are of another form, some that are converted. */
static SDL_Surface *surface_to_draw(struct window *w, SDL_Surface *shown)
{
	if (is_plain(shown))
		return shown;
	if (w->own && (w->own->w != shown->w || w->own->h != shown->h)) {
		SDL_FreeSurface(w->own);
		w->own = NULL;
	}
	if (!w->own)
		w->own = SDL_CreateRGBSurfaceWithFormat(
		        0, shown->w, shown->h, 32, SDL_PIXELFORMAT_RGB888);
	return w->own;
}

static void draw(struct window *w)
{
	SDL_Surface *shown = SDL_GetWindowSurface(w->window), *to;
	struct canvas canvas;
	uint64_t begin_ms = app_now_ms();

	w->app.shell.dirty = false;
	to = shown ? surface_to_draw(w, shown) : NULL;
	if (!to) /* between two sizes: the event that comes next draws */
		return;
	canvas = canvas_of(to->pixels, to->w, to->h, to->pitch / 4);
	shell_resize(&w->app.shell, to->w, to->h);
	w->app.shell.wall_s = time(NULL);
	shell_draw(&w->app.shell, &canvas, begin_ms);
	if (to != shown)
		SDL_BlitSurface(to, NULL, shown, NULL);
	SDL_UpdateWindowSurface(w->window);
	app_drawn(&w->app, begin_ms);
}

/* After the first frame: nobody waits for a window because of a pad. */
static void look_for_pads(struct window *w)
{
	if (w->pads || w->app.frames == 0)
		return;
	w->pads = true;
	if (SDL_InitSubSystem(SDL_INIT_GAMECONTROLLER) < 0)
		log_warning(_("no pads: %s"), SDL_GetError());
	w->app.shell.ui.plain_labels =
	        !SDL_GetHintBoolean(SDL_HINT_GAMECONTROLLER_USE_BUTTON_LABELS, SDL_TRUE);
}

static int turn(struct window *w)
{
	uint64_t now = app_now_ms();
	bool any = pump(w);

	app_take_input(&w->app, &w->input, now);
	if (w->app.quit)
		return 0;
	if (shell_due(&w->app.shell, now)) {
		draw(w);
		look_for_pads(w);
		return 0; /* presenting may have read events: they are asked for before the sleep */
	}
	if (any)
		return 0;
	return app_sleep(&w->app, &w->input, true);
}

static void close_window(struct window *w)
{
	wake_destroy(w->wake);
	sd_event_source_disable_unref(w->display);
	SDL_FreeSurface(w->own);
	app_finish(&w->app);
	if (w->window)
		SDL_DestroyWindow(w->window);
	SDL_Quit();
}

int app_window(const struct app_options *options, struct err *err)
{
	struct window w = {0};
	int r = app_init(&w.app, options, err);

	w.sdl.input = &w.input;
	if (r >= 0)
		r = open_window(&w, options, err);
	if (r >= 0)
		r = watch(&w, err);
	while (r >= 0 && !w.app.quit)
		r = turn(&w);
	if (r < 0 && !err->number)
		err_errno(err, r, "sd-event");
	close_window(&w);
	return r < 0 ? r : 0;
}
