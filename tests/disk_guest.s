# SPDX-License-Identifier: GPL-2.0-or-later
# A guest in one sector: says that it is up on its serial port, then writes a counter into one sector after the other, from 64 on,
# again and again. So at any moment the disk holds counters without a gap, which a copy of one moment must show.
	.code16
	.globl _start
_start:
	xor %ax, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	mov $0x7000, %sp
	mov %dl, drive
	mov $words, %si
say:
	lodsb
	test %al, %al
	jz write
	mov $0x3f8, %dx
	out %al, %dx
	jmp say
write:
	incl count
	mov count, %eax
	mov $buffer, %di
	mov $128, %cx
	cld
	rep stosl
	mov count, %eax
	and $0xfff, %eax
	add $64, %eax
	mov %eax, sector
	mov $0x4300, %ax
	mov drive, %dl
	mov $packet, %si
	int $0x13
	jmp write
words:	.asciz "the guest is up\r\n"
drive:	.byte 0
	.balign 4
count:	.long 0
packet:	.byte 16, 0
	.word 1
	.word buffer, 0
sector:	.long 0, 0
	.org 510
	.word 0xaa55
	.equ buffer, 0x8000
