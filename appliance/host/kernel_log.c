/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/kernel_log.h"
#include "host/firmware.h"
#include "host/pasted.h"

#include <ctype.h>

/* --- the kernel's words --- */

/*
 * In lower case, in short pieces: posters reword, and mail programs wrap. Where there are two, both must stand
 * in the line; `start` ones at its very beginning, behind the time. One line may say several things.
 */
static const struct sentence {
	enum kernel_says says;
	const char *words, *also;
	bool start;
} sentences[] = {
        {KERNEL_VERSION, "linux version ", NULL, true},
        {KERNEL_CMDLINE, "kernel command line: ", NULL, true},
        {KERNEL_CMDLINE, "command line: ", NULL, true},
        {KERNEL_CPU, "smpboot: cpu0: ", NULL, true},
        {KERNEL_CPU, "cpu0: intel", NULL, true},
        {KERNEL_CPU, "cpu0: amd", NULL, true},
        {KERNEL_CPU, "cpu0: hygon", NULL, true},
        {KERNEL_BOARD, "dmi: ", NULL, true},

        {KERNEL_TABLE_DMAR, "acpi: dmar ", NULL, false},
        {KERNEL_TABLE_DMAR, "reserving dmar table", NULL, false},
        {KERNEL_TABLE_IVRS, "acpi: ivrs ", NULL, false},
        {KERNEL_TABLE_IVRS, "reserving ivrs table", NULL, false},

        {KERNEL_DMAR, "host address width", NULL, false},
        {KERNEL_DMAR, "drhd base", NULL, false},
        {KERNEL_DMAR, "reg_base_addr", NULL, false},
        {KERNEL_DMAR, "dmar: rmrr", NULL, false},
        {KERNEL_DMAR, "dmar: atsr", NULL, false},
        {KERNEL_DMAR, "dmar: no ", " found", false},
        {KERNEL_DMAR, "dmar-ir: ", NULL, false},
        {KERNEL_AMD, "amd-vi: ", NULL, false},
        {KERNEL_AMD, "amd-v1: ", NULL, false}, /* typed off a screen */
        {KERNEL_AMD, "not in ivrs", NULL, false},

        {KERNEL_ASKED_ON, "dmar: iommu enabled", NULL, false},
        {KERNEL_ASKED_ON, "intel-iommu: enabled", NULL, false},
        {KERNEL_TOLD_OFF, "dmar: iommu disabled", NULL, false},
        {KERNEL_TOLD_OFF, "intel-iommu: disabled", NULL, false},
        {KERNEL_AMD_TOLD_OFF, "amd iommu disabled", NULL, false},
        {KERNEL_DOMAIN_TYPE, "default domain type", NULL, false},
        {KERNEL_PASSTHROUGH, "default domain type", "passthrough", false},
        {KERNEL_PASSTHROUGH, "initialized for passthrough mode", NULL, false},

        {KERNEL_INTEL_ON, "intel(r) virtualization technology for directed i/o", NULL, false},
        {KERNEL_WORKS, "using queued invalidation", NULL, false},
        {KERNEL_WORKS, "using register based invalidation", NULL, false},
        {KERNEL_WORKS, "setting rmrr:", NULL, false},
        {KERNEL_WORKS, "identity map", "for device", false},
        {KERNEL_WORKS, "dmar: setting identity map", NULL, false},
        {KERNEL_WORKS, "dmar: software identity mapping", NULL, false},
        {KERNEL_WORKS, "dmar: hardware identity mapping", NULL, false},
        {KERNEL_WORKS, "non-identity mapping", NULL, false},
        {KERNEL_WORKS, "dmar: device uses a private", NULL, false},
        {KERNEL_WORKS, "dmar: device bounce map", NULL, false},
        {KERNEL_WORKS, "dmar: invalidate non-aligned address", NULL, false},
        {KERNEL_WORKS, "unity mapping for lpc", NULL, false},
        {KERNEL_WORKS, "dmar:", "[dma read", false},
        {KERNEL_WORKS, "dmar:", "[dma write", false},
        {KERNEL_WORKS, "io_page_fault", NULL, false},
        {KERNEL_WORKS, "amd-vi: event logged", NULL, false},
        {KERNEL_WORKS, "lazy io/tlb flush", NULL, false},
        {KERNEL_AMD_LAST, "lazy io/tlb flush", NULL, false},
        {KERNEL_AMD_LAST, "io/tlb flush on unmap", NULL, false},
        {KERNEL_WORKS, "io/tlb flush on unmap", NULL, false},
        {KERNEL_WORKS, "amd-vi: virtual apic enabled", NULL, false},
        {KERNEL_WORKS, "amd-vi: x2apic enabled", NULL, false},
        {KERNEL_WORKS, "amd-vi: initialized for passthrough", NULL, false},
        {KERNEL_WORKS, "detected amd iommu #", NULL, false},
        {KERNEL_WORKS, "iommuv2 loaded and initialized", NULL, false},
        {KERNEL_WORKS, "iommu dma protection is enabled", NULL, false},
        {KERNEL_WORKS, "i/o virtualisation enabled", NULL, false}, /* Xen */
        {KERNEL_AMD_ON, "found iommu ", NULL, false},
        {KERNEL_AMD_ON, "enabling iommu at ", NULL, false},
        {KERNEL_AMD_ON, "amd-vi: extended features", NULL, false},
        {KERNEL_AMD_ON, "amd-vi: interrupt remapping enabled", NULL, false},
        {KERNEL_GROUPED, "adding to iommu group", NULL, false},
        {KERNEL_GROUPED, "iommu: adding device", "to group", false},
        {KERNEL_GROUPED, "removing from iommu group", NULL, false},

        {KERNEL_TABLE_BAD, "dmar reported at address", NULL, false},
        {KERNEL_TABLE_BAD, "parse dmar table failure", NULL, false},
        {KERNEL_TABLE_BAD, "unable to map dmar", NULL, false},
        {KERNEL_TABLE_BAD, "invalid dmar haw", NULL, false},
        {KERNEL_TABLE_BAD, "no dmar devices found", NULL, false},
        {KERNEL_TABLE_BAD, "ivrs", "checksum", false},
        {KERNEL_FAILED, "dmar init failed", NULL, false},
        {KERNEL_FAILED, "dmar: initialization failed", NULL, false},
        {KERNEL_FAILED, "dmar hardware is malfunctioning", NULL, false},
        {KERNEL_FAILED, "dmar device scope failure", NULL, false},
        {KERNEL_FAILED, "disable iommu on stoney", NULL, false},
        {KERNEL_FAILED, "iommu not currently supported when sme is active", NULL, false},
        {KERNEL_FAILED, "i/o virtualisation disabled", NULL, false},

        {KERNEL_IR_ON, "enabled irq remapping", NULL, false},
        {KERNEL_IR_ON, "interrupt remapping enabled", NULL, false},
        {KERNEL_IR_ON, "enabled interrupt-remapping", NULL, false},
        {KERNEL_IR_ON, "x2apic and interrupt-remapping", "enabled", false},
        {KERNEL_IR_ON, "irq remapping is in ", NULL, false},
        {KERNEL_IR_ON, "[intr-remap]", NULL, false},
        {KERNEL_IR_OFF, "disabling interrupt remapping", NULL, false},
        {KERNEL_IR_OFF, "disabling irq remapping", NULL, false},
        {KERNEL_IR_OFF, "failed to enable irq remapping", NULL, false},
        {KERNEL_IR_OFF, "failed to enable interrupt-remapping", NULL, false},
        {KERNEL_IR_OFF, "failed to setup irq remapping", NULL, false},
        {KERNEL_IR_OFF, "not enabling interrupt remapping", NULL, false},
        {KERNEL_IR_OFF, "interrupt remapping will be disabled", NULL, false},
        {KERNEL_IR_OFF, "interrupt remapping is being disabled", NULL, false},
        {KERNEL_IR_OFF, "interrupt remapping disabled", NULL, false},
        {KERNEL_IR_OFF, "interrupt remapping not enabled", NULL, false},
        {KERNEL_IR_OFF, "irq remapping disabled", NULL, false},
        {KERNEL_IR_OFF, "bios has enabled interrupt remapping", NULL, false},
        {KERNEL_IR_OFF, "no southbridge ioapic", NULL, false},
        /* Unlike Intel's, AMD's units do not remap interrupts either then. */
        {KERNEL_IR_OFF, "amd iommu disabled", NULL, false},
        {KERNEL_IR_OFF, "disable iommu on stoney", NULL, false},
        /* Xen remaps none then. */
        {KERNEL_IR_OFF, "i/o virtualisation disabled", NULL, false},
        {KERNEL_IR_OFF, "no interrupt remapping support", NULL, false},
        {KERNEL_IR_OFF, "no interrupt remapping for this platform", NULL, false},
        {KERNEL_VFIO_REFUSED, "no interrupt remapping support", NULL, false},
        {KERNEL_VFIO_REFUSED, "no interrupt remapping for this platform", NULL, false},
        {KERNEL_IR_ERRATUM, "bios has enabled interrupt remapping", NULL, false},
        {KERNEL_IR_ERRATUM, "chipset that contains an erratum", NULL, false},
        {KERNEL_IR_IOAPIC, "not in ivrs", NULL, false},
        {KERNEL_IR_IOAPIC, "no southbridge ioapic", NULL, false},
        {KERNEL_IR_IOAPIC, "has no mapping iommu", NULL, false},
        {KERNEL_IR_NO_IOAPIC, "due to skipped io-apic setup", NULL, false},

        {KERNEL_GRAPHICS_OFF, "disabling iommu for graphics", NULL, false},
        {KERNEL_LAZY_OFF, "disabling batched iotlb flush", NULL, false},
        {KERNEL_RMRR_BAD, "bad rmrr", NULL, false},
        {KERNEL_RMRR_BAD, "can cover this rmrr", NULL, false},
        {KERNEL_RMRR_BAD, "bios is broken; rmrr", NULL, false},
        {KERNEL_RMRR_IGNORED, "rmrr entry for device", "broken", false},
        {KERNEL_RMRR_DEVICE, "platform rmrr requirement", NULL, false},
        {KERNEL_RMRR_DEVICE, "firmware has requested this device have a 1:1", NULL, false},
        {KERNEL_WRITE_FLUSH, "forcing write-buffer flush", NULL, false},
        {KERNEL_ISOCH, "isoch dmar unit", NULL, false},
        {KERNEL_ISOCH, "tlb entries for isoch", NULL, false},
        {KERNEL_X2APIC_OUT, "x2apic opt out", NULL, false},
        {KERNEL_X2APIC_OUT, "requested that x2apic be disabled", NULL, false},
        {KERNEL_UNIT_IGNORED, "no supported address widths", NULL, false},
        {KERNEL_UNIT_IGNORED, "cannot get a valid agaw", NULL, false},
        {KERNEL_UNIT_IGNORED, "cannot get a valid max agaw", NULL, false},
        {KERNEL_OVERRIDE, "command-line override", "ioapic", false},
        {KERNEL_OVERRIDE, "command-line override", "hpet", false},
        {KERNEL_TIMEOUT, "completion-wait loop timed out", NULL, false},

        {KERNEL_CPU_LOCKED, "vmx", "disabled by bios", false},
        {KERNEL_CPU_LOCKED, "txt) disabled by bios", NULL, false},
        {KERNEL_CPU_LOCKED, "vmx not enabled (by bios)", NULL, false},
        {KERNEL_CPU_LOCKED, "svm disabled", "bios", false},
        {KERNEL_CPU_LOCKED, "kvm: disabled by bios", NULL, false},
        {KERNEL_CPU_LOCKED, "kvm_intel' disabled by bios", NULL, false},
        {KERNEL_CPU_LOCKED, "kvm_amd' disabled by bios", NULL, false},
        {KERNEL_CPU_LOCKED, "kvm: support for", "disabled by bios", false},
        {KERNEL_CPU_NONE, "kvm: no hardware support", NULL, false},
        {KERNEL_CPU_NONE, "vmx not supported by cpu", NULL, false},
        {KERNEL_CPU_NONE, "svm not supported by cpu", NULL, false},
        {KERNEL_CPU_NONE, "cpu doesn't support vmx", NULL, false},
        {KERNEL_CPU_WORKS, "nested virtualization enabled", NULL, false},
        {KERNEL_CPU_WORKS, "kvm: nested paging enabled", NULL, false},
        {KERNEL_CPU_WORKS, "kvm_amd: nested", NULL, false},
        {KERNEL_CPU_WORKS, "kvm_amd: tsc scaling", NULL, false},

        {KERNEL_APIC, "switch to symmetric i/o mode", NULL, false},
        {KERNEL_APIC, "apic routing to", NULL, false},
        {KERNEL_APIC, "..timer: vector", NULL, false},
        {KERNEL_TAIL, "pci-dma: using software bounce", NULL, true},
        {KERNEL_TAIL, "pci-dma: using gart iommu", NULL, true},
        {KERNEL_TAIL, "workingset: ", NULL, true},
        {KERNEL_TAIL, "io scheduler ", NULL, true},
        {KERNEL_TAIL, "serial: 8250", NULL, true},
        {KERNEL_TAIL, "freeing unused kernel", NULL, true},
        {KERNEL_TAIL, "loading compiled-in x.509", NULL, true},
        {KERNEL_TAIL, "run /", " as init process", true},
        {KERNEL_TAIL, "ext4-fs (", NULL, true},
        {KERNEL_TAIL, "xfs (", NULL, true},
        {KERNEL_TAIL, "systemd[1]: ", NULL, true},
        {KERNEL_TAIL, "input: ", " as /devices/", true},
};

/* What one boot's log always holds, from its beginning up to the IOMMU; many of them: nothing was filtered. */
static const char *const mileposts[] = {"bios-e820: ", "e820: ", "acpi: rsdp",
        "zone ranges:", "memory: ", "nr_irqs", "console: colour", "calibrating delay", "pid_max",
        "smp", "pci: using", "clocksource: ", "net: registered", "vgaarb: ", "pci_bus 0000:00",
        "hpet", "x86/fpu: "};
#define ENOUGH_MILEPOSTS 7

/* Any sentence but the milestones holds one of these; most lines of a log hold none. */
static const char *const roots[] = {"iommu", "remap", "dmar", "amd-v", "ivrs", "apic", "drhd",
        "domain type", "directed i/o", "address width", "invalidation", "rmrr", "tlb", "unity map",
        "io_page_fault", "virtuali", "isoch", "write-buffer", "agaw", "bios", "vmx", "svm", "kvm",
        "..timer", "reg_base", "override", "identity map", "completion-wait", "chipset", "1:1"};

/* --- reading --- */

struct boot {
	struct kernel_log log;
	unsigned posts; /* bits of mileposts */
	bool about;     /* something about an IOMMU was said */
};

static bool holds_root(const char *lower)
{
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		if (strstr(lower, roots[i]))
			return true;
	}
	return false;
}

static bool is_about_iommu(enum kernel_says says)
{
	return says >= KERNEL_TABLE_DMAR && says <= KERNEL_LAZY_OFF;
}

static void note(
        struct boot *boot, enum kernel_says says, size_t number, const char *words, size_t own)
{
	struct kernel_line *line = &boot->log.says[says];

	if (!line->number) {
		line->number = number;
		line->text = xstrndup(words, own);
	}
	line->last = number;
	boot->about |= is_about_iommu(says);
}

static bool matches(const struct sentence *sentence, const char *lower, size_t own)
{
	const char *at = sentence->start ? (starts_with(lower, sentence->words) ? lower : NULL)
	                                 : strstr(lower, sentence->words);

	/* What begins in a following line is said by that one. */
	return at && (size_t)(at - lower) < own && (!sentence->also || strstr(at, sentence->also));
}

/* Said on machines of any maker. */
static bool says_nothing_of_amd(const char *lower)
{
	return strstr(lower, "unknown option") || strstr(lower, "iommuv2");
}

static bool hex_after(const char *text, const char *name, uint64_t *out)
{
	const char *at = strstr(text, name);
	char *end;

	if (!at)
		return false;
	at += strlen(name);
	at += strspn(at, " ");
	if (!isxdigit((unsigned char)*at))
		return false;
	*out = strtoull(at, &end, 16);
	return !isalnum((unsigned char)*end);
}

/* "dmar0: reg_base_addr fed90000 ver 1:0 cap 1c0000c40660462 ecap 19e2ff0505e"; once "IOMMU 0: reg_base_addr". */
static void take_unit(struct boot *boot, const char *lower, size_t number)
{
	struct kernel_unit unit = {.line = number};

	if (!hex_after(lower, "reg_base_addr ", &unit.base) ||
	        !hex_after(lower, " cap ", &unit.cap) || !hex_after(lower, " ecap ", &unit.ecap))
		return;
	for (size_t i = 0; i < boot->log.n_units; i++) {
		if (boot->log.units[i].base == unit.base) {
			boot->log.units[i].cap = unit.cap;
			boot->log.units[i].ecap = unit.ecap;
			return;
		}
	}
	/* More than any PC has; a text that goes on so is none. */
	if (boot->log.n_units >= 64)
		return;
	unit.index = (unsigned)boot->log.n_units;
	*list_append(boot->log.units, boot->log.n_units) = unit;
}

static void take_cmdline(struct boot *boot, const char *text)
{
	const char *colon = strchr(text, ':');

	if (boot->log.cmdline || !colon)
		return;
	boot->log.cmdline = xstrdup(colon + 1 + strspn(colon + 1, " "));
}

static void take_vendor(struct boot *boot, const char *lower)
{
	if (strstr(lower, "intel"))
		boot->log.vendor = CPU_INTEL;
	else if (strstr(lower, "cpu0: amd") || strstr(lower, "cpu0: hygon"))
		boot->log.vendor = CPU_AMD;
}

static void take_milepost(struct boot *boot, const char *lower)
{
	for (size_t i = 0; i < ARRAY_SIZE(mileposts); i++) {
		if (!(boot->posts & 1u << i) && strstr(lower, mileposts[i]))
			boot->posts |= 1u << i;
	}
}

/* "...", "[...]", "<snip>", "(cut)": a poster's sign that lines are missing here. */
static bool is_gap(const char *line)
{
	static const char *const words[] = {"snip", "cut", "..", "\xe2\x80\xa6"};
	const char *s = line + strspn(line, "[(<- ");

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		const char *after = s + strlen(words[i]);

		if (starts_with(s, words[i]) && !after[strspn(after, "])>-. ")])
			return true;
	}
	return false;
}

static void take_words(
        struct boot *boot, const char *words, const char *lower, size_t own, size_t number)
{
	bool root = holds_root(lower);

	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
		const struct sentence *s = &sentences[i];

		if ((!root && !s->start) || !matches(s, lower, own))
			continue;
		if (s->says == KERNEL_AMD && says_nothing_of_amd(lower))
			continue;
		note(boot, s->says, number, words, own);
		if (s->says == KERNEL_CMDLINE)
			take_cmdline(boot, words);
		else if (s->says == KERNEL_CPU)
			take_vendor(boot, lower);
		else if (s->says == KERNEL_DMAR)
			take_unit(boot, lower, number);
	}
	take_milepost(boot, lower);
}

/* --- lines, and what mail programs made of them --- */

/* A line with those that may go on with it. */
struct open_line {
	char *text;
	size_t own; /* length of the line itself */
	size_t number;
	unsigned parts, most;
	bool soft_break;
};

static void open_line(struct open_line *open, const struct pasted_line *line)
{
	open->text = xstrdup(line->words);
	open->own = strlen(open->text);
	open->number = line->number;
	open->parts = 0;
	open->most = line->stamped ? 4 : 1;
	open->soft_break = line->soft_break;
}

static void go_on(struct open_line *open, const struct pasted_line *line)
{
	char *longer;

	if (!open->text || open->parts++ >= open->most)
		return;
	longer = xasprintf("%s%s%s", open->text, open->soft_break ? "" : " ", line->words);
	free(open->text);
	open->text = longer;
	open->soft_break = line->soft_break;
}

static bool enough_posts(unsigned posts)
{
	return __builtin_popcount(posts) >= ENOUGH_MILEPOSTS;
}

static void settle_vendor(struct kernel_log *log)
{
	if (log->vendor != CPU_OTHER)
		return;
	if (kernel_log_says(log, KERNEL_TABLE_IVRS) || kernel_log_says(log, KERNEL_AMD))
		log->vendor = CPU_AMD;
	else if (kernel_log_says(log, KERNEL_TABLE_DMAR) || kernel_log_says(log, KERNEL_DMAR))
		log->vendor = CPU_INTEL;
}

/* All of this boot is read. @now: the last line, where the kernel that speaks is still running; else 0. */
static void settle(struct boot *boot, size_t now)
{
	struct kernel_line *tail = &boot->log.says[KERNEL_TAIL];
	const struct kernel_line *version = &boot->log.says[KERNEL_VERSION];

	/* It has long started its IOMMU, whatever its ring still holds. */
	if (now)
		tail->last = now + 1;
	boot->log.whole = version->number && tail->last > version->number &&
	                  (now || enough_posts(boot->posts));
	settle_vendor(&boot->log);
}

/* The kernel that saves the memory of one that crashed: it runs no VMs. */
static bool is_crash_kernel(const struct boot *boot)
{
	cleanup_free char *value = kernel_log_argument(&boot->log, "elfcorehdr");

	return value != NULL;
}

/* A later boot is the better one, unless it tells nothing of what an earlier one told. */
static bool tells_more(const struct boot *boot, const struct boot *best)
{
	struct kernel_verdict later, earlier;

	if (best->about && is_crash_kernel(boot) && !is_crash_kernel(best))
		return false;

	kernel_log_judge(&boot->log, &later);
	kernel_log_judge(&best->log, &earlier);
	if (!boot->about || !best->about)
		return boot->about || !best->about;
	return later.iommu.state != KERNEL_UNKNOWN || earlier.iommu.state == KERNEL_UNKNOWN;
}

static void end_boot(struct boot *boot, struct boot *best, size_t now)
{
	settle(boot, now);
	if (tells_more(boot, best)) {
		kernel_log_finish(&best->log);
		*best = *boot;
	} else {
		kernel_log_finish(&boot->log);
	}
	*boot = (struct boot){0};
}

/* The whole line is read; @best keeps the last boot that told of an IOMMU. */
static void close_line(struct open_line *open, struct boot *boot, struct boot *best, size_t *boots)
{
	char *lower;

	if (!open->text)
		return;
	lower = xstrdup(open->text);
	for (char *p = lower; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (starts_with(lower, "linux version ")) {
		if (boot->log.lines)
			end_boot(boot, best, 0);
		++*boots;
	}
	boot->log.lines++;
	/* A stamped line owns all that follows up to the next stamp; the words of others are their own. */
	if (open->most == 1 && starts_with(lower, "command line: "))
		open->text[open->own] = '\0';
	take_words(boot, open->text, lower, open->own, open->number);
	free(lower);
	free(take_ptr(open->text));
}

void kernel_log_parse(const char *text, bool ring, struct kernel_log *out)
{
	struct open_line stamped = {0}, plain = {0};
	struct boot boot = {0}, best = {0};
	struct pasted_line line = {0};
	size_t boots = 0, lines = 0;

	for (; pasted_next(&text, &line); lines++) {
		if (line.note)
			continue;
		if (boot.about && is_gap(line.words))
			boot.log.gap = line.number;
		/* What stands before it is the earlier boot's. */
		if (starts_with(line.words, "Linux version ")) {
			close_line(&plain, &boot, &best, &boots);
			close_line(&stamped, &boot, &best, &boots);
		}
		if (line.stamped || plain.text) {
			if (!line.stamped)
				go_on(&plain, &line);
			close_line(&plain, &boot, &best, &boots);
		}
		if (line.stamped)
			close_line(&stamped, &boot, &best, &boots);
		else
			go_on(&stamped, &line);
		open_line(line.stamped ? &stamped : &plain, &line);
	}
	close_line(&plain, &boot, &best, &boots);
	close_line(&stamped, &boot, &best, &boots);
	end_boot(&boot, &best, ring ? lines : 0);
	*out = best.log;
	out->boots = boots;
	pasted_finish(&line);
}

void kernel_log_finish(struct kernel_log *log)
{
	for (size_t i = 0; i < KERNEL_SAYS_N; i++)
		free(log->says[i].text);
	free(log->units);
	free(log->cmdline);
	*log = (struct kernel_log){0};
}

bool kernel_log_says(const struct kernel_log *log, enum kernel_says says)
{
	return log->says[says].number != 0;
}

char *kernel_log_argument(const struct kernel_log *log, const char *name)
{
	const struct firmware firmware = {.cmdline = log->cmdline};

	return log->cmdline ? firmware_cmdline_get(&firmware, name) : NULL;
}

/* --- the verdict --- */

static size_t last(const struct kernel_log *log, enum kernel_says says)
{
	return log->says[says].last;
}

static bool argument_off(const struct kernel_log *log, const char *name)
{
	cleanup_free char *value = kernel_log_argument(log, name);

	return value && starts_with(value, "off");
}

static struct kernel_finding find(
        enum kernel_state state, enum kernel_why why, enum kernel_says line)
{
	return (struct kernel_finding){state, why, line};
}

static enum kernel_says latest(const struct kernel_log *log, const enum kernel_says *list, size_t n)
{
	enum kernel_says found = KERNEL_NOTHING;

	for (size_t i = 0; i < n; i++) {
		if (last(log, list[i]) > (found ? last(log, found) : 0))
			found = list[i];
	}
	return found;
}

/*
 * Something else of the kernel stands behind what the firmware's table or the units made it say, in words that
 * a filter for IOMMU, DMAR or AMD-Vi would not have found: so what is missing in between was never said.
 */
static bool goes_beyond(const struct kernel_log *log)
{
	static const enum kernel_says seen[] = {KERNEL_TABLE_DMAR, KERNEL_TABLE_IVRS, KERNEL_DMAR,
	        KERNEL_AMD, KERNEL_DOMAIN_TYPE, KERNEL_APIC};

	if (log->gap && log->gap < last(log, KERNEL_TAIL))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
		if (log->says[seen[i]].number && log->says[seen[i]].number < last(log, KERNEL_TAIL))
			return true;
	}
	return log->whole;
}

static bool has_table(const struct kernel_log *log)
{
	return kernel_log_says(log, KERNEL_TABLE_DMAR) || kernel_log_says(log, KERNEL_TABLE_IVRS) ||
	       kernel_log_says(log, KERNEL_DMAR) || kernel_log_says(log, KERNEL_AMD);
}

static bool off_by_argument(const struct kernel_log *log)
{
	return argument_off(log, "iommu") ||
	       (log->vendor == CPU_INTEL && argument_off(log, "intel_iommu")) ||
	       (log->vendor == CPU_AMD && argument_off(log, "amd_iommu"));
}

static struct kernel_finding judge_iommu(const struct kernel_log *log)
{
	/* The best evidence first: of equal weight for the verdict. */
	static const enum kernel_says on[] = {
	        KERNEL_INTEL_ON, KERNEL_AMD_ON, KERNEL_GROUPED, KERNEL_WORKS};
	enum kernel_says yes = latest(log, on, ARRAY_SIZE(on));
	size_t told = yes ? last(log, yes) : 0;

	if (last(log, KERNEL_AMD_TOLD_OFF) > told)
		return find(KERNEL_NO, KERNEL_WHY_ARGUMENT, KERNEL_AMD_TOLD_OFF);
	/* intel_iommu=off is obeyed on any PC; of several such arguments the last one counts. */
	if (log->vendor != CPU_AMD && last(log, KERNEL_TOLD_OFF) > told &&
	        last(log, KERNEL_TOLD_OFF) > last(log, KERNEL_ASKED_ON))
		return find(KERNEL_NO, KERNEL_WHY_ARGUMENT, KERNEL_TOLD_OFF);
	if (last(log, KERNEL_TABLE_BAD) > told)
		return find(KERNEL_NO, KERNEL_WHY_FIRMWARE, KERNEL_TABLE_BAD);
	if (last(log, KERNEL_FAILED) > told)
		return find(KERNEL_NO, KERNEL_WHY_FAILED, KERNEL_FAILED);
	for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
		if (kernel_log_says(log, on[i]))
			return find(KERNEL_YES, KERNEL_WHY_SAID, on[i]);
	}
	if (off_by_argument(log))
		return find(KERNEL_NO, KERNEL_WHY_ARGUMENT, KERNEL_CMDLINE);
	if (!goes_beyond(log))
		return find(KERNEL_UNKNOWN, KERNEL_WHY_CUT, KERNEL_NOTHING);
	if (log->whole && !has_table(log))
		return find(KERNEL_NO, KERNEL_WHY_NO_TABLE, KERNEL_NOTHING);
	return find(KERNEL_NO, KERNEL_WHY_NEVER, KERNEL_TAIL);
}

static const struct kernel_unit *lacking(const struct kernel_log *log)
{
	for (size_t i = 0; i < log->n_units; i++) {
		/* VT-d specification 11.4.3: bit 3, interrupt remapping. */
		if (!(log->units[i].ecap >> 3 & 1))
			return &log->units[i];
	}
	return NULL;
}

static bool remapping_argument_off(const struct kernel_log *log)
{
	cleanup_free char *bare = kernel_log_argument(log, "nointremap");

	return bare || argument_off(log, "intremap");
}

/*
 * Kernels before 5.3 say nothing of SWIOTLB where an IOMMU is on. Then the table at the beginning, the last word of
 * the units at the end, and one of those words without "iommu" in it show what a filter would have let through.
 */
static bool spans_start(const struct kernel_log *log)
{
	const struct kernel_line *units = &log->says[KERNEL_DMAR];
	bool apic = kernel_log_says(log, KERNEL_APIC);

	if (log->gap)
		return false;
	if (kernel_log_says(log, KERNEL_INTEL_ON))
		return apic || (kernel_log_says(log, KERNEL_TABLE_DMAR) && units->number &&
		                       starts_with(units->text, "DMAR"));
	return kernel_log_says(log, KERNEL_AMD_ON) &&
	       (apic || kernel_log_says(log, KERNEL_TABLE_IVRS)) &&
	       last(log, KERNEL_AMD_LAST) > log->says[KERNEL_AMD_ON].number;
}

/* Would the line that says "enabled" stand in this text? It is said before units are used for memory. */
static bool remapping_would_show(const struct kernel_log *log)
{
	bool early = log->whole || kernel_log_says(log, KERNEL_APIC) ||
	             kernel_log_says(log, KERNEL_TABLE_DMAR) ||
	             kernel_log_says(log, KERNEL_TABLE_IVRS);

	if (goes_beyond(log))
		return early || kernel_log_says(log, KERNEL_AMD_ON);
	return spans_start(log);
}

static enum kernel_why why_off(const struct kernel_log *log)
{
	if (kernel_log_says(log, KERNEL_IR_IOAPIC) || kernel_log_says(log, KERNEL_IR_ERRATUM))
		return KERNEL_WHY_FIRMWARE;
	return KERNEL_WHY_SAID;
}

static struct kernel_finding judge_remapping(const struct kernel_log *log)
{
	if (last(log, KERNEL_IR_OFF) > last(log, KERNEL_IR_ON))
		return find(KERNEL_NO, why_off(log), KERNEL_IR_OFF);
	if (kernel_log_says(log, KERNEL_IR_ON))
		return find(KERNEL_YES, KERNEL_WHY_SAID, KERNEL_IR_ON);
	if (kernel_log_says(log, KERNEL_IR_ERRATUM))
		return find(KERNEL_NO, KERNEL_WHY_FIRMWARE, KERNEL_IR_ERRATUM);
	if (lacking(log))
		return find(KERNEL_NO, KERNEL_WHY_UNIT, KERNEL_DMAR);
	if (kernel_log_says(log, KERNEL_TABLE_BAD))
		return find(KERNEL_NO, KERNEL_WHY_FIRMWARE, KERNEL_TABLE_BAD);
	if (remapping_argument_off(log))
		return find(KERNEL_NO, KERNEL_WHY_ARGUMENT, KERNEL_CMDLINE);
	if (!remapping_would_show(log))
		return find(KERNEL_UNKNOWN, KERNEL_WHY_CUT, KERNEL_NOTHING);
	if (log->whole && !has_table(log))
		return find(KERNEL_NO, KERNEL_WHY_NO_TABLE, KERNEL_NOTHING);
	return find(KERNEL_NO, KERNEL_WHY_NEVER, KERNEL_NOTHING);
}

void kernel_log_judge(const struct kernel_log *log, struct kernel_verdict *out)
{
	out->iommu = judge_iommu(log);
	out->remapping = judge_remapping(log);
	out->lacking = lacking(log);
}
