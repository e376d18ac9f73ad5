/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which firmware the guest has. Its code is everybody's; the variables are the VM's own and outlive it. */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>

static bool is_uefi(const struct planning *p)
{
	return p->profile->firmware == PROFILE_FIRMWARE_UEFI &&
	       !plan_direct_boot(p->options, p->profile);
}

static const struct guest_firmware *find(const struct planning *p, bool secure)
{
	for (size_t i = 0; i < p->host->firmwares.n; i++) {
		const struct guest_firmware *f = &p->host->firmwares.list[i];

		if ((secure ? f->secure_boot && f->enrolled : !f->secure_boot) &&
		        plan_exists(p->options, f->code) && plan_exists(p->options, f->variables))
			return f;
	}
	return NULL;
}

static int refuse(const struct planning *p, bool secure, struct err *err)
{
	err_set(err, -ENOENT,
	        secure ? _("there is no UEFI firmware with Secure Boot and its keys (%s)")
	               : _("there is no UEFI firmware (%s)"),
	        "/usr/share/qemu/firmware, /etc/qemu/firmware");
	if (secure && find(p, false))
		err_hint(err, _("install a newer ovmf, or write secure-boot=no in [boot]"));
	else
		err_hint(err, _("install it: apt install ovmf; or write firmware=bios in [boot]"));
	return plan_refuse(err, CODE_VM_FILE);
}

static int check_tpm(const struct planning *p, struct err *err)
{
	if (!profile_wants_tpm(p->profile) || plan_exists(p->options, TPM_PROGRAM))
		return 0;
	err_set(err, -ENOENT, _("it wants a TPM, and %s, which plays one, is not there"),
	        TPM_PROGRAM);
	err_hint(err, _("install it: apt install swtpm; or write tpm=no in [boot] of %s"),
	        p->profile->file);
	return plan_refuse(err, CODE_VM_FILE);
}

int plan_firmware(const struct planning *p, struct err *err)
{
	bool secure = profile_wants_secure_boot(p->profile);
	int r = check_tpm(p, err);

	if (p->profile->firmware == PROFILE_FIRMWARE_BIOS &&
	        p->profile->secure_boot == PROFILE_SECURE_BOOT_YES) {
		err_set(err, -EINVAL, _("secure-boot=yes needs firmware=uefi"));
		err_hint(err, _("change one of them in [boot] of %s"), p->profile->file);
		return plan_refuse(err, CODE_VM_FILE);
	}
	if (r < 0 || !is_uefi(p))
		return r;
	p->plan->firmware = find(p, secure);
	return p->plan->firmware ? 0 : refuse(p, secure, err);
}

/* Each kind has variables of its own: keys in one, none in the other. */
static char *variables_of(const struct planning *p)
{
	const char *state = p->options->state_dir ? p->options->state_dir : "/var/lib/playthrough";

	return xasprintf("%s/%s/OVMF_VARS%s.fd", state, p->plan->name,
	        p->plan->firmware->secure_boot ? ".secure" : "");
}

void args_firmware(const struct planning *p)
{
	const struct guest_firmware *firmware = p->plan->firmware;
	cleanup_free char *path = NULL, *code = NULL;
	struct strv *args = &p->plan->args;
	unsigned fd;

	if (!firmware)
		return;
	path = variables_of(p);
	code = args_value(firmware->code);
	fd = plan_add_fd(p->plan, VM_FD_IMAGE, 0, path, true);
	p->plan->fds[p->plan->n_fds - 1].from = xstrdup(firmware->variables);
	args_option(args, "-blockdev",
	        "driver=file,node-name=firmware-code,filename=%s,read-only=on", code);
	args_option(args, "-add-fd", "fd=%u,set=%u,opaque=firmware", fd, fd);
	args_option(args, "-blockdev", "driver=file,node-name=firmware-vars,filename=/dev/fdset/%u",
	        fd);
	/* The guest changes them through the firmware alone; and the firmware of SMM does not wake up from sleep (S3). */
	if (firmware->smm) {
		args_option(args, "-global", "driver=cfi.pflash01,property=secure,value=on");
		args_option(args, "-global", "ICH9-LPC.disable_s3=1");
	}
}

void args_tpm(const struct planning *p)
{
	struct strv *args = &p->plan->args;
	unsigned fd;

	if (!profile_wants_tpm(p->profile))
		return;
	fd = plan_add_fd(p->plan, VM_FD_TPM, 0, NULL, true);
	args_option(args, "-chardev", "socket,id=tpm,fd=%u", fd);
	args_option(args, "-tpmdev", "emulator,id=tpm,chardev=tpm");
	args_option(args, "-device", "tpm-crb,tpmdev=tpm");
}
