/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of playthrough-setup, as main.c's table calls them. Each gets its own arguments (argv[0] is
 * the command's name), prints its result on stdout and returns the exit code; failures go to @err with
 * a negative return, which main prints and turns into exit 1 (or 2 for -EINVAL with code PT-USAGE).
 */
#ifndef SETUP_COMMANDS_H
#define SETUP_COMMANDS_H

#include "base/err.h"

int command_check(int argc, char **argv, struct err *err);
int command_capture(int argc, char **argv, struct err *err);
int command_plan(int argc, char **argv, struct err *err);
int command_apply(int argc, char **argv, struct err *err);
int command_verify(int argc, char **argv, struct err *err);
int command_renew(int argc, char **argv, struct err *err);
int command_undo(int argc, char **argv, struct err *err);

#endif
