/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli_export_unit.h"

/* systemd.syntax(7), systemd.service(5) "Command lines": quotes, backslashes, specifiers and variables. */
static void write_word(FILE *out, const char *word)
{
	fputs(*word == '-' ? " \\\n\t\"" : " \"", out);
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			fputc('\\', out);
		if (*word == '%' || *word == '$')
			fputc(*word, out);
		fputc(*word, out);
	}
	fputc('"', out);
}

/* A command of ours: what the shell is to see of $ must pass systemd. */
static void write_command(FILE *out, const char *key, const char *command)
{
	fprintf(out, "%s=", key);
	for (; *command; command++) {
		if (*command == '$')
			fputc('$', out);
		fputc(*command, out);
	}
	fputc('\n', out);
}

static void write_processors(FILE *out, const struct vm_plan *plan)
{
	cleanup_cpulist struct cpulist all = {0};
	cleanup_free char *text = NULL;

	for (size_t i = 0; i < plan->cpus.n; i++)
		cpulist_add(&all, plan->cpus.guest[i]);
	text = cpulist_format(&all);
	if (all.n)
		fprintf(out, "CPUAffinity=%s\n", text);
}

/* Asks the guest to shut down as its power button does, and waits: ending QEMU would be a power cut. */
static void write_stop(FILE *out, const struct unit *u)
{
	fprintf(out,
	        "ExecStop=/bin/sh -c '(echo "
	        "\"{\\\\\"execute\\\\\":\\\\\"qmp_capabilities\\\\\"}\"; "
	        "echo \"{\\\\\"execute\\\\\":\\\\\"system_powerdown\\\\\"}\"; while kill -0 "
	        "$MAINPID; do sleep 1; done) | socat - UNIX-CONNECT:/run/%s/qmp.sock'\n",
	        u->name);
}

/* Caller frees. */
static char *without_specifiers(const char *text)
{
	char *escaped = xcalloc(2 * strlen(text) + 1, 1), *to = escaped;

	for (; *text; text++) {
		*to++ = *text;
		if (*text == '%')
			*to++ = '%';
	}
	return escaped;
}

void cli_unit_write(FILE *out, const struct unit *u)
{
	cleanup_free char *title = without_specifiers(u->e.profile->title);

	fprintf(out,
	        "# /etc/systemd/system/%s.service: a VM without any tool but QEMU, swtpm and "
	        "socat.\n\n"
	        "[Unit]\nDescription=%s\n\n[Service]\nType=exec\n"
	        "RuntimeDirectory=%s\nStateDirectory=%s\nLogsDirectory=%s\n",
	        u->name, title, u->name, u->name, u->name);
	strv_foreach (command, &u->before)
		write_command(out, "ExecStartPre", *command);
	fprintf(out, "ExecStart=%s", u->args.list[0]);
	for (size_t i = 1; i < u->args.n; i++)
		write_word(out, u->args.list[i]);
	fputc('\n', out);
	write_stop(out, u);
	strv_foreach (command, &u->after)
		write_command(out, "ExecStopPost", *command);
	fputs("TimeoutStopSec=180\nNoNewPrivileges=yes\n", out);
	if (u->plan->memlock_bytes)
		fprintf(out, "LimitMEMLOCK=%llu\n", (unsigned long long)u->plan->memlock_bytes);
	write_processors(out, u->plan);
	fputs("\n[Install]\nWantedBy=multi-user.target\n", out);
}
