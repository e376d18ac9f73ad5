/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The window. The loop sleeps until a descriptor fires or something is to move; SDL is asked only after that, and a
 * picture is drawn only when there is something new in it.
 */
#include "app_parts.h"
#include "base/i18n.h"
#include "base/log.h"
#include "clipboard.h"
#include "console.h"
#include "input/sdl.h"
#include "input/wake.h"
#include "sound.h"
#include "video.h"
#include "window_open.h"

#include <errno.h>
#include <linux/input-event-codes.h>
#include <sys/epoll.h>
#include <time.h>

struct window {
	struct app app;
	SDL_Window *window;
	struct input input;
	struct sdl_input sdl;
	struct wake *wake;
	sd_event_source *display;
	struct sound *sound;     /* NULL: a file stands for the daemon */
	struct console *console; /* NULL: on a desktop, or on no terminal */
	bool bare;               /* no desktop: the whole screen is ours */
	SDL_Surface *own;        /* where the window has pixels of another form */
	bool pads;               /* were looked for: after the first frame */
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

/*
 * The screen went to another terminal, or is ours again. What the card shows then is that one's; SDL gives the card a
 * mode and a buffer anew only when it believes that the window has changed.
 */
static void on_console(void *user, bool shown)
{
	struct window *w = user;

	input_release_all(&w->input, app_now_ms());
	if (!shown)
		return;
	SDL_SetWindowFullscreen(w->window, 0);
	SDL_SetWindowFullscreen(w->window, SDL_WINDOW_FULLSCREEN_DESKTOP);
	w->app.shell.dirty = true;
}

static int watch(struct window *w, struct err *err)
{
	int fd = window_display_fd(w->window), r = 0;

	if (fd >= 0)
		r = sd_event_add_io(w->app.event, &w->display, fd, EPOLLIN, on_display, w);
	if (r < 0)
		return err_errno(err, r, "sd-event");
	w->wake = wake_create(w->app.event, fd < 0, fired, w);
	if (w->bare)
		w->console = console_create(w->app.event, window_card_fd(w->window), on_console, w);
	if (w->app.link)
		w->sound = sound_create(w->app.event, w->app.link);
	return app_catch_signals(&w->app, err);
}

static int begin(struct window *w, const struct app_options *options, struct err *err)
{
	w->window = window_open(options, err);
	if (!w->window)
		return -ENODEV;
	w->bare = video_is_bare(SDL_GetCurrentVideoDriver());
	app_stamp(&w->app, "window");
	return watch(w, err);
}

/* --- a turn of the loop --- */

static void take_window_event(struct window *w, const SDL_WindowEvent *event)
{
	int width, height;

	SDL_GetWindowSize(w->window, &width, &height);
	shell_resize(&w->app.shell, width, height);
	if (event->event == SDL_WINDOWEVENT_FOCUS_LOST)
		input_release_all(&w->input, app_now_ms());
	else if (event->event == SDL_WINDOWEVENT_FOCUS_GAINED)
		sound_focus(w->sound);
}

static void toggle_fullscreen(struct window *w)
{
	bool full = SDL_GetWindowFlags(w->window) & SDL_WINDOW_FULLSCREEN_DESKTOP;

	if (w->bare)
		return;
	SDL_SetWindowFullscreen(w->window, full ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
}

/* An input method, and a touch screen's own keyboard, are asked for only while a line is typed. */
static void follow_typing(struct window *w)
{
	bool text = shell_wants_text(&w->app.shell);

	if (text == w->sdl.text)
		return;
	w->sdl.text = text;
	if (text)
		SDL_StartTextInput();
	else
		SDL_StopTextInput();
}

/* By SDL, which has the desktop's clipboard, and on the bare screen one of its own. */
static void follow_clipboard(struct window *w)
{
	struct shell *shell = &w->app.shell;
	cleanup_free char *copied = clipboard_copied(shell);
	char *text;

	if (copied)
		SDL_SetClipboardText(copied);
	if (!clipboard_is_wanted(shell))
		return;
	text = SDL_GetClipboardText(); /* never NULL but out of memory */
	if (text)
		clipboard_paste(shell, text);
	SDL_free(text);
}

/* By its letter, and where letters are not Latin by its place. */
static bool is_key(const SDL_Keysym *key, SDL_Keycode letter, SDL_Scancode place)
{
	return key->sym == letter || (key->sym > 0x7f && key->scancode == place);
}

static bool takes_clipboard_key(struct window *w, const SDL_KeyboardEvent *key)
{
	struct clipboard_keys ctrl = {.left = key->keysym.mod & KMOD_CTRL};

	if (is_key(&key->keysym, SDLK_c, SDL_SCANCODE_C))
		return clipboard_key(&ctrl, &w->app.shell, KEY_C, true);
	return is_key(&key->keysym, SDLK_v, SDL_SCANCODE_V) &&
	       clipboard_key(&ctrl, &w->app.shell, KEY_V, true);
}

/* What the kernel does by itself where nobody has muted the keyboard. */
static bool switches_console(struct window *w, const SDL_KeyboardEvent *key)
{
	int number = (int)(key->keysym.sym - SDLK_F1) + 1;

	if (!w->console || number < 1 || number > 12 || !(key->keysym.mod & KMOD_CTRL) ||
	        !(key->keysym.mod & KMOD_ALT))
		return false;
	console_switch(w->console, number);
	return true;
}

/* One that comes or goes, whatever terminal is shown meanwhile. */
static bool is_about_a_pad(const SDL_Event *event)
{
	return event->type == SDL_CONTROLLERDEVICEADDED ||
	       event->type == SDL_CONTROLLERDEVICEREMOVED;
}

static void take_event(struct window *w, const SDL_Event *event)
{
	if (event->type == SDL_QUIT)
		w->app.quit = true;
	else if (event->type == SDL_AUDIODEVICEADDED || event->type == SDL_AUDIODEVICEREMOVED)
		sound_device(w->sound, event->type == SDL_AUDIODEVICEADDED, event->adevice.which);
	else if (!console_shown(w->console) && !is_about_a_pad(event))
		return; /* typed on another terminal, and not for us */
	else if (event->type == SDL_WINDOWEVENT)
		take_window_event(w, &event->window);
	else if (event->type == SDL_KEYDOWN && switches_console(w, &event->key))
		return;
	else if (event->type == SDL_KEYDOWN && takes_clipboard_key(w, &event->key))
		return;
	else if (event->type == SDL_KEYDOWN && event->key.keysym.sym == SDLK_F11)
		toggle_fullscreen(w);
	else
		sdl_input_take(&w->sdl, event, app_now_ms());
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
		take_event(w, &event);
	}
	return any;
}

/* Only while a mouse is used: nobody with a pad wants an arrow on the picture. */
static void update_pointer(const struct window *w)
{
	int wanted = w->input.device == INPUT_POINTER ? SDL_ENABLE : SDL_DISABLE;

	if (SDL_ShowCursor(SDL_QUERY) != wanted)
		SDL_ShowCursor(wanted);
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

static bool is_seen(struct window *w)
{
	return console_shown(w->console) &&
	       !(SDL_GetWindowFlags(w->window) & (SDL_WINDOW_HIDDEN | SDL_WINDOW_MINIMIZED));
}

static int turn(struct window *w)
{
	uint64_t now = app_now_ms();
	bool any = pump(w);

	update_pointer(w);
	app_take_input(&w->app, &w->input, now);
	follow_typing(w);
	follow_clipboard(w);
	if (w->app.quit)
		return 0;
	glance_follow(w->app.glance, is_seen(w));
	/* Behind another terminal it is another user's seat, whose sound and microphone are not ours. */
	sound_follow(w->sound, &w->app.model,
	        !w->app.shell.settings.silent && console_shown(w->console));
	if (is_seen(w) && shell_due(&w->app.shell, now)) {
		draw(w);
		look_for_pads(w);
		return 0; /* presenting may have read events: they are asked for before the sleep */
	}
	if (any)
		return 0;
	return app_sleep(&w->app, &w->input, is_seen(w));
}

static void close_window(struct window *w)
{
	wake_destroy(w->wake);
	console_destroy(w->console);
	sd_event_source_disable_unref(w->display);
	sound_destroy(w->sound);
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
		r = begin(&w, options, err);
	while (r >= 0 && !w.app.quit)
		r = turn(&w);
	if (r < 0 && !err->number)
		err_errno(err, r, "sd-event");
	close_window(&w);
	return r < 0 ? r : 0;
}
