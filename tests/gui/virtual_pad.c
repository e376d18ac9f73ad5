/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into the front end: a pad of SDL's own making is plugged in when pads are looked for. SIGRTMIN presses and
 * releases its A, SIGRTMIN + 1 pulls it out; either comes with the next look of the front end, which a key brings about.
 */
#include <SDL.h>

#include <dlfcn.h>
#include <signal.h>

static int pad = -1;
static volatile sig_atomic_t wanted;

static void on_signal(int number)
{
	wanted = number == SIGRTMIN ? 1 : 2;
}

int SDL_InitSubSystem(Uint32 flags)
{
	int (*real)(Uint32) = NULL;
	int r;

	*(void **)&real = dlsym(RTLD_NEXT, "SDL_InitSubSystem");
	r = real(flags);
	if (r == 0 && flags & SDL_INIT_GAMECONTROLLER && pad < 0) {
		signal(SIGRTMIN, on_signal);
		signal(SIGRTMIN + 1, on_signal);
		pad = SDL_JoystickAttachVirtual(SDL_JOYSTICK_TYPE_GAMECONTROLLER,
		        SDL_CONTROLLER_AXIS_MAX, SDL_CONTROLLER_BUTTON_MAX, 0);
	}
	return r;
}

int SDL_PollEvent(SDL_Event *event)
{
	int (*real)(SDL_Event *) = NULL;
	int act = wanted;

	*(void **)&real = dlsym(RTLD_NEXT, "SDL_PollEvent");
	wanted = 0;
	if (act == 1) {
		SDL_Joystick *joystick = SDL_JoystickOpen(pad);

		SDL_JoystickSetVirtualButton(joystick, 0, 1);
		SDL_JoystickUpdate();
		SDL_JoystickSetVirtualButton(joystick, 0, 0);
		SDL_JoystickUpdate();
		SDL_JoystickClose(joystick);
	}
	if (act == 2)
		SDL_JoystickDetachVirtual(pad);
	return real(event);
}
