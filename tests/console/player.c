/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that plays, on the bare machine: a Multiboot kernel that drives the emulated High Definition Audio card and does
 * nothing else. Left it plays 440 Hz, right 660 Hz, half as loud. Its command line is one word:
 *
 *   sine    for ever
 *   levels  3 s as loud as can be, 3 s half of it, then muted for ever
 *   beeps   a second of it, a second without, for ever
 *   echo    what its microphone hears, a moment later
 *
 * Section numbers are those of the High Definition Audio specification, revision 1.0a.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

#define FRAMES   12000 /* a quarter of a second: 110 and 165 whole waves */
#define PI       3.14159265358979323846
#define GCAP     0x00
#define GCTL     0x08
#define STATESTS 0x0e
#define WALCLK   0x30 /* 24 MHz */
#define ICOI     0x60
#define ICIS     0x68
#define DAC      2
#define PIN      3
#define ADC      4
#define FORMAT   0x0011 /* 3.7.1: 48 kHz, 16 bits, 2 channels */
#define GAIN     0x4a   /* QEMU's 0 dB */

static u32 samples[FRAMES];
static struct {
	u32 low, high, length, flags;
} bdl[2] __attribute__((aligned(128)));
static volatile u8 *hda;

static void out32(u16 port, u32 value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static u32 in32(u16 port)
{
	u32 value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static u32 pci(u32 slot, u32 at)
{
	out32(0xcf8, 0x80000000u | slot << 11 | at);
	return in32(0xcfc);
}

#define R8(at)  (*(volatile u8 *)(hda + (at)))
#define R16(at) (*(volatile u16 *)(hda + (at)))
#define R32(at) (*(volatile u32 *)(hda + (at)))

static void wait_ms(u32 ms)
{
	u32 begin = R32(WALCLK);

	while (R32(WALCLK) - begin < ms * 24000)
		;
}

/* 3.4.3 Immediate Command */
static void verb(u32 node, u32 what)
{
	R16(ICIS) = 2;
	R32(ICOI) = node << 20 | what;
	R16(ICIS) = 1;
	while (R16(ICIS) & 1)
		;
}

/* 7.3.3.7 Amplifier Gain/Mute: both sides, output and input. */
static void set_gain(u32 node, u32 gain)
{
	verb(node, 0x3f000 | gain);
}

static int find(void)
{
	for (u32 slot = 0; slot < 32; slot++) {
		if (pci(slot, 8) >> 16 != 0x0403)
			continue;
		hda = (volatile u8 *)(pci(slot, 0x10) & ~0xfu);
		out32(0xcf8, 0x80000000u | slot << 11 | 4);
		out32(0xcfc, 0x0006); /* memory, bus master */
		R32(GCTL) = 1;
		while (!(R32(GCTL) & 1) || !(R16(STATESTS) & 1))
			;
		return 1;
	}
	return 0;
}

static int sample(double wave, double loud, int at)
{
	double x = 2 * PI * wave * at / FRAMES;

	__asm__("fsin" : "+t"(x));
	return (int)(x * loud);
}

static void fill(void)
{
	for (int i = 0; i < FRAMES; i++)
		samples[i] = (u16)sample(110, 16000, i) | (u32)sample(165, 8000, i) << 16;
}

/* 3.3.35 and on: descriptors of the input streams come before those of the output streams. */
static u32 stream_of(int output)
{
	return 0x80 + (output ? 0x20 * (R16(GCAP) >> 8 & 0xf) : 0);
}

static void run(u32 stream, u32 number, u32 node)
{
	for (int i = 0; i < 2; i++) {
		bdl[i].low = (u32)samples + i * sizeof(samples) / 2;
		bdl[i].length = sizeof(samples) / 2;
	}
	R32(stream + 0x18) = (u32)bdl;
	R32(stream + 0x1c) = 0;
	R32(stream + 0x08) = sizeof(samples);
	R16(stream + 0x0c) = 1;
	R16(stream + 0x12) = FORMAT;
	R8(stream + 2) = (u8)(number << 4);
	verb(node, 0x20000 | FORMAT);
	verb(node, 0x70600 | number << 4);
	set_gain(node, GAIN);
	R8(stream) = 2;
}

static void stop(u32 stream, u32 node)
{
	R8(stream) = 0;
	verb(node, 0x70600);
}

static void play(char mode)
{
	u32 out = stream_of(1);

	if (mode == 'e') {
		run(stream_of(0), 2, ADC);
		wait_ms(120);
		run(out, 1, DAC);
		return;
	}
	fill();
	run(out, 1, DAC);
	while (mode == 'b') {
		wait_ms(1000);
		stop(out, DAC);
		wait_ms(1000);
		run(out, 1, DAC);
	}
	if (mode != 'l')
		return;
	wait_ms(3000);
	set_gain(DAC, GAIN / 2);
	wait_ms(3000);
	set_gain(DAC, 0x80 | GAIN);
}

/* The last word's first letter: QEMU puts the kernel's own name before it. */
static char mode_of(const char *line)
{
	char mode = line[0];

	for (; *line; line++)
		if (line[0] == ' ' && line[1])
			mode = line[1];
	return mode;
}

__attribute__((used)) static void start(const u32 *info)
{
	__asm__ volatile("fninit");
	if (find())
		play(info[0] & 4 ? mode_of((const char *)info[4]) : 's');
	for (;;)
		__asm__ volatile("cli; hlt");
}

__asm__(".section .multiboot, \"a\"\n"
        ".align 4\n"
        ".long 0x1badb002, 0, -0x1badb002\n"
        ".text\n"
        ".globl _start\n"
        "_start: mov $0x300000, %esp\n"
        "push %ebx\n"
        "call start\n");
