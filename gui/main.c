/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthrough-gui: the front end. See playthrough-gui(1). */
#include "app.h"
#include "base/i18n.h"
#include "base/version.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>

#define EXIT_USAGE  2
#define SIDE_LEAST  320
#define SIDE_MOST   16384
#define IDLE_MOST_S 86400

static void print_usage(FILE *out)
{
	fputs(_("Usage: playthrough-gui [--session] [--fullscreen]\n"
	        "       playthrough-gui --offscreen WIDTHxHEIGHT --picture FILE.png [--model "
	        "FILE]\n"
	        "                       [--screen NAME] [--vm NAME] [--device NAME]\n"
	        "       playthrough-gui --offscreen SOCKET [--exit-idle SECONDS]\n"
	        "\n"
	        "  --session     your own daemon: no root, no passthrough; started when needed\n"
	        "  --fullscreen  the whole screen (F11 changes it)\n"
	        "  --offscreen   no window: one screen as a picture, or a socket's path or\n"
	        "                descriptor over which another program shows it\n"
	        "  --exit-idle   end when nobody has looked at the socket for so long\n"
	        "  --picture     the PNG file it is written into\n"
	        "  --model       a JSON file that stands for the daemon\n"
	        "  --screen      the screen: home, game, usb...; playthrough-gui(1) has all\n"
	        "  --vm          the game that screen is about\n"
	        "  --device      the USB device that screen is about: 1-4.1\n"
	        "  --press       buttons that are pressed before the picture: down,confirm\n"
	        "  --trace       tells every frame on stderr\n"),
	        out);
}

static int wrong_usage(const char *what)
{
	fprintf(stderr, "playthrough-gui: %s\n", what);
	fputs(_("See: playthrough-gui --help\n"), stderr);
	return EXIT_USAGE;
}

static bool parse_size(const char *text, struct app_options *options)
{
	char rest;

	return sscanf(text, "%dx%d%c", &options->width, &options->height, &rest) == 2 &&
	       options->width >= SIDE_LEAST && options->width <= SIDE_MOST &&
	       options->height >= SIDE_LEAST && options->height <= SIDE_MOST;
}

/* A size, a descriptor, or a path, which is known by its slash. */
static bool parse_offscreen(const char *text, struct app_options *options)
{
	uint64_t fd;

	if (parse_size(text, options))
		return true;
	options->width = options->height = 0;
	if (!strchr(text, '/') && parse_u64(text, 10, INT_MAX, &fd) < 0)
		return false;
	options->offscreen = text;
	return true;
}

static bool parse_screen(const char *text, struct app_options *options)
{
	for (int i = 0; i < SCREEN_COUNT; i++) {
		if (i == SCREEN_AWAY || !streq(text, screen_names[i]))
			continue;
		options->screen = (enum screen)i;
		return true;
	}
	return false;
}

static int wrong_screen(void)
{
	cleanup_strv struct strv names = {0};
	cleanup_free char *all = NULL, *words = NULL;

	for (int i = 0; i < SCREEN_COUNT; i++)
		if (i != SCREEN_AWAY)
			strv_add(&names, screen_names[i]);
	all = strv_join(&names, ", ");
	words = xasprintf(_("--screen wants one of %s"), all);
	return wrong_usage(words);
}

enum option_id {
	SESSION = 1,
	SYSTEM,
	FULLSCREEN,
	OFFSCREEN,
	PICTURE,
	MODEL,
	SCREEN,
	VM,
	DEVICE,
	PRESS,
	TRACE,
	EXIT_IDLE,
	HELP
};

static const struct option long_options[] = {{"session", no_argument, NULL, SESSION},
        {"system", no_argument, NULL, SYSTEM}, {"fullscreen", no_argument, NULL, FULLSCREEN},
        {"offscreen", required_argument, NULL, OFFSCREEN},
        {"picture", required_argument, NULL, PICTURE}, {"model", required_argument, NULL, MODEL},
        {"screen", required_argument, NULL, SCREEN}, {"vm", required_argument, NULL, VM},
        {"device", required_argument, NULL, DEVICE}, {"press", required_argument, NULL, PRESS},
        {"exit-idle", required_argument, NULL, EXIT_IDLE}, {"trace", no_argument, NULL, TRACE},
        {"help", no_argument, NULL, HELP}, {0}};

/* Returns -1: go on; else the exit code. */
static int take_option(int option, struct app_options *options)
{
	switch (option) {
	case SESSION:
		options->session = true;
		return -1;
	case SYSTEM:
		options->session = false;
		return -1;
	case FULLSCREEN:
		options->fullscreen = true;
		return -1;
	case TRACE:
		options->trace = true;
		return -1;
	case PICTURE:
		options->picture = optarg;
		return -1;
	case MODEL:
		options->model = optarg;
		return -1;
	case VM:
		options->vm = optarg;
		return -1;
	case DEVICE:
		options->device = optarg;
		return -1;
	case PRESS:
		options->press = optarg;
		return app_press_is_good(optarg)
		               ? -1
		               : wrong_usage(_("--press wants buttons, such as down,confirm"));
	case OFFSCREEN:
		return parse_offscreen(optarg, options)
		               ? -1
		               : wrong_usage(
		                         _("--offscreen wants WIDTHxHEIGHT, such as 1920x1080, "
		                           "the path of a socket or the number of a descriptor"));
	case EXIT_IDLE:
		return parse_u64(optarg, 10, IDLE_MOST_S, &options->exit_idle_s) == 0
		               ? -1
		               : wrong_usage(_("--exit-idle wants seconds"));
	case SCREEN:
		return parse_screen(optarg, options) ? -1 : wrong_screen();
	case HELP:
		print_usage(stdout);
		return 0;
	default:
		fputs(_("See: playthrough-gui --help\n"), stderr);
		return EXIT_USAGE;
	}
}

int main(int argc, char **argv)
{
	struct app_options options = {0};
	struct err err = {0};
	int option, exit_code = -1, r;

	i18n_init();
	if (version_asked(argc, argv, "playthrough-gui"))
		return 0;
	while (exit_code < 0 && (option = getopt_long(argc, argv, "", long_options, NULL)) >= 0)
		exit_code = take_option(option, &options);
	if (exit_code >= 0)
		return exit_code;
	if (optind < argc)
		return wrong_usage(_("too many arguments"));
	if (!options.picture != !options.width)
		return wrong_usage(_("a size of --offscreen and --picture go together"));
	r = options.picture     ? app_picture(&options, &err)
	    : options.offscreen ? app_offscreen(&options, &err)
	                        : app_window(&options, &err);
	if (r < 0)
		err_print(&err, "playthrough-gui");
	return r < 0 ? 1 : 0;
}
