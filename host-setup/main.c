/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthrough-setup: what this PC can do, and the change of its start that a passed device needs. */
#include "commands.h"

#include "base/i18n.h"
#include "base/version.h"

#include <errno.h>
#include <stdio.h>

#define PROGRAM "playthrough-setup"

static int command_help(int argc, char **argv, struct err *err);

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv, struct err *err);
	const char *arguments, *summary;
} commands[] = {
        {"check", command_check, "[--json] [--root DIR]",
                N_("what this PC can do, and what stands in the way")},
        {"explain", command_explain, "[--json] FILE...",
                N_("the verdict that a pasted kernel log or listing of IOMMU groups allows")},
        {"capture", command_capture, "FILE.tar.gz",
                N_("the facts of this PC for a bug report, serial numbers masked")},
        {"plan", command_plan, "[--json] [--gpu ADDR] [--usb ADDR] [--profile NAME] [--plan ID]",
                N_("the edits as a diff, and what the host loses")},
        {"apply", command_apply, "[same | as plan] [--plan ID] [--yes]",
                N_("do the plan; the boot entry that is there stays as it is")},
        {"verify", command_verify, "[--json] [--look]", N_("after the reboot: did it work?")},
        {"renew", command_renew, "",
                N_("our boot entries anew for the kernels that are installed; kernel-install calls "
                   "it")},
        {"undo", command_undo, "[--yes]", N_("back to the bytes that were there before")},
        {"help", command_help, "[CODE]", N_("this list, or what the code of a message means")},
};

static void print_help(FILE *out)
{
	fprintf(out, _("usage: %s COMMAND [ARGUMENTS]"), PROGRAM);
	fputs("\n\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(out, "  %s %s\n          %s\n", commands[i].name, commands[i].arguments,
		        _(commands[i].summary));
	fputc('\n', out);
	fputs(_("check, explain and verify end with: 0 ready, 3 apply can do it, 4 a person must "
	        "act, 5 not "
	        "possible,\n6 undecided. All commands: 1 failed, 2 wrong usage. Manual page: "
	        "playthrough-setup(8)."),
	        out);
	fputc('\n', out);
}

static int command_help(int argc, char **argv, struct err *err)
{
	cleanup_free char *text = NULL;
	enum code code;

	if (argc < 2) {
		print_help(stdout);
		return 0;
	}
	code = code_find(argv[1], err);
	if (code == CODE_NONE) {
		err_code(err, CODE_USAGE);
		return -EINVAL;
	}
	text = code_help(code);
	puts(text);
	return 0;
}

static const struct command *find(const char *name)
{
	if (streq(name, "--help") || streq(name, "-h"))
		name = "help";
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (streq(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		if (streq(argv[i], "--help") || streq(argv[i], "-h"))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	const struct command *command;
	struct err err = {0};
	int r;

	i18n_init();
	if (version_asked(argc, argv, "playthrough-setup"))
		return 0;
	if (argc < 2) {
		print_help(stderr);
		return 2;
	}
	command = find(argv[1]);
	if (!command) {
		err_set(&err, -EINVAL, _("unknown command: %s"), argv[1]);
		err_hint(&err, _("%s help lists the commands"), PROGRAM);
		err_print(&err, PROGRAM);
		return 2;
	}
	if (wants_help(argc, argv)) {
		printf("%s %s %s\n  %s\n", PROGRAM, command->name, command->arguments,
		        _(command->summary));
		return 0;
	}
	r = command->run(argc - 1, argv + 1, &err);
	if (r >= 0)
		return r;
	err_print(&err, PROGRAM);
	return r == -EINVAL && err_is(&err, CODE_USAGE) ? 2 : 1;
}
