/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough-first-boot: what an image asks at its first start, on the first text console. Each answer is put into effect
 * when it is given; a start that was cut off asks again from the beginning.
 */
#include "answers.h"
#include "screens.h"

#include "base/child.h"
#include "base/i18n.h"
#include "base/root.h"
#include "base/strv.h"
#include "base/version.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM    "playthrough-first-boot"
#define DONE       "/var/lib/playthrough-first-boot.done"
#define COMMAND_MS 300000u /* setupcon compiles; an old stick is slow */
#define SETUP_MS   1800000u

/* playthrough-setup(8): the exit code of a check after which `apply` has something to do */
#define APPLY_CAN 3

static void complain(const struct err *err)
{
	cleanup_free char *text = xasprintf("%s\n\n%s", err->message, err->hint);

	screens_tell(_("That did not work"), text);
}

static int run(struct err *err, unsigned timeout_ms, char *const *argv)
{
	cleanup_free char *path = child_path_env();

	return child_check(argv, (char *[]){path, NULL}, timeout_ms, err);
}

#define RUN(err, ...) run(err, COMMAND_MS, (char *[]){__VA_ARGS__, NULL})

/* --- language and keyboard --- */

static int write_text(const struct root *root, const char *path, const char *text, struct err *err)
{
	return root_write(root, path, text, strlen(text), 0644, err);
}

static const struct first_language *ask_language(const struct root *root)
{
	const char *names[8];
	const struct first_language *language;
	cleanup_free char *text = NULL;
	struct err err = {0};

	for (size_t i = 0; i < first_n_languages; i++)
		names[i] = first_languages[i].name;
	language = &first_languages[screens_choose(
	        "Playthrough", "Language / Язык", names, first_n_languages, 0)];
	i18n_language(language->code);
	text = first_locale_text(language);
	if (write_text(root, "/etc/default/locale", text, &err) < 0)
		complain(&err);
	return language;
}

static void ask_keyboard(const struct root *root, const char *first)
{
	const char *names[64];
	cleanup_free char *text = NULL;
	struct err err = {0};
	size_t at;

	for (size_t i = 0; i < first_n_layouts && i < ARRAY_SIZE(names); i++)
		names[i] = first_layouts[i].name;
	at = screens_choose(_("Keyboard"), _("Where there are two layouts, Alt+Shift changes."),
	        names, first_n_layouts, first_find_layout(first));
	text = first_keyboard_text(&first_layouts[at]);
	screens_wait(_("One moment..."));
	if (write_text(root, "/etc/default/keyboard", text, &err) == 0)
		RUN(&err, "setupcon", "--force", "--keyboard-only");
	screens_waited();
	if (err.number)
		complain(&err);
}

/* --- user --- */

/* The password goes through a pipe: no command line has it. */
static int set_password(const char *name, const char *password, struct err *err)
{
	FILE *out = popen("/usr/sbin/chpasswd", "w");
	int status;

	if (!out)
		return err_errno(err, -errno, "chpasswd");
	fprintf(out, "%s:%s\n", name, password);
	status = pclose(out);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0
	               ? 0
	               : err_set(err, -EIO, _("the password was not taken"));
}

#define GROUPS "sudo,playthrough-console"

/* A person who is there was made by a first start that was cut off: that is the same one, made whole. */
static int make_user(const struct root *root, char *name, const char *password, struct err *err)
{
	cleanup_free char *passwd = root_read(root, "/etc/passwd");
	cleanup_free char *home = NULL;
	int r;

	if (first_is_person(passwd ? passwd : "", name)) {
		r = RUN(err, "usermod", "--append", "--shell", "/bin/bash", "--groups", GROUPS,
		        name);
		if (r == 0)
			r = RUN(err, "mkhomedir_helper", name);
	} else {
		home = first_home(root, name);
		r = RUN(err, "useradd", "--create-home", "--home-dir", home, "--shell", "/bin/bash",
		        "--groups", GROUPS, name);
	}
	return r < 0 ? r : set_password(name, password, err);
}

static void ask_user(const struct root *root)
{
	for (;;) {
		cleanup_free char *name = NULL, *password = NULL;
		struct err err = {0};
		int r;

		screens_user(&name, &password);
		r = make_user(root, name, password, &err);
		explicit_bzero(password, strlen(password));
		if (r == 0)
			return;
		complain(&err);
	}
}

/* --- network --- */

static char *network_state(void)
{
	char *argv[] = {"nmcli", "-t", "-f", "DEVICE,TYPE,STATE,CONNECTION", "device", NULL};
	struct child_result result = {0};
	struct err err = {0};

	if (child_run(argv, NULL, COMMAND_MS, &result, &err) < 0)
		return xstrdup(err.message);
	return result.output;
}

static void ask_network(void)
{
	for (;;) {
		cleanup_free char *state = network_state();
		cleanup_free char *text = xasprintf("%s\n\n%s",
		        _("What the network adapters do now. A cable needs nothing more; Wi-Fi "
		          "asks "
		          "for its password."),
		        state);

		if (screens_ask(_("Network"), text, _("Go on"), _("Change")))
			return;
		screens_end();
		if (system("nmtui") < 0)
			perror("nmtui");
		screens_begin();
	}
}

/* --- the check, and what it leads to --- */

static int setup(struct child_result *out, unsigned timeout_ms, char *const *argv)
{
	struct err err = {0};

	if (child_run(argv, (char *[]){"NO_COLOR=1", NULL}, timeout_ms, out, &err) == 0)
		return out->status;
	out->output = xstrdup(err.message);
	return -1;
}

static void apply(void)
{
	char *argv[] = {SBINDIR "/playthrough-setup", "apply", "--yes", NULL};
	cleanup_free char *output = NULL;
	struct child_result result = {0};
	int status;

	screens_wait(_("Setting this PC up; this takes some minutes..."));
	status = setup(&result, SETUP_MS, argv);
	screens_waited();
	output = result.output;
	if (status != 0)
		screens_ask(_("That did not work"), output, _("Go on"), NULL);
}

static void propose(void)
{
	char *argv[] = {SBINDIR "/playthrough-setup", "plan", NULL};
	struct child_result result = {0};
	cleanup_free char *output = NULL;
	int status = setup(&result, COMMAND_MS, argv);

	output = result.output;
	if (status == 0 && screens_ask(_("This can be done now, and undone"), output,
	                           _("Set this PC up"), _("Later")))
		apply();
}

static void check(void)
{
	char *argv[] = {SBINDIR "/playthrough-setup", "check", NULL};
	struct child_result result = {0};
	cleanup_free char *output = NULL;
	int status;

	screens_wait(_("Looking at what this PC can do..."));
	status = setup(&result, COMMAND_MS, argv);
	screens_waited();
	output = result.output;
	screens_ask(_("What this PC can do"), output, _("Go on"), NULL);
	if (status == APPLY_CAN)
		propose();
}

static int finish(const struct root *root, struct err *err)
{
	if (write_text(root, DONE, "", err) < 0)
		return err->number;
	screens_tell(_("All is set"), _("This PC restarts now, into the front end."));
	return RUN(err, "systemctl", "reboot", "--no-block");
}

int main(int argc, char **argv)
{
	cleanup(root_close) struct root root = {.fd = -1};
	struct err err = {0};
	int r;

	if (version_asked(argc, argv, PROGRAM))
		return 0;
	i18n_init();
	r = root_open(&root, "/", &err);
	if (r == 0) {
		screens_begin();
		ask_keyboard(&root, ask_language(&root)->layout);
		ask_user(&root);
		ask_network();
		check();
		r = finish(&root, &err);
		screens_end();
	}
	if (r == 0)
		return 0;
	err_print(&err, PROGRAM);
	return 1;
}
