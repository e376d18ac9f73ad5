/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about profiles: profile check. */
#include "base/i18n.h"
#include "cli.h"
#include "profile/profile.h"

/* A path or a file name rather than the name of a VM. */
static bool is_file(const char *argument)
{
	return strchr(argument, '/') || ends_with(argument, ".profile");
}

int command_profile_check(struct cli *cli, struct err *err)
{
	const char *what = cli->args[0];
	struct profile profile;
	int r = is_file(what) ? profile_load(what, &profile, err)
	                      : profile_find(&cli->paths.profile_folders, what, &profile, err);

	if (r < 0)
		return r;
	cli_put(profile.file);
	puts(_(": the profile is good"));
	profile_finish(&profile);
	return 0;
}
