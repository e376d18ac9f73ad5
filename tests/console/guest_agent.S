/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest of 512 bytes that has an agent (spice/vd_agent.h) on its second serial port: it offers text of its own, asks
 * for what the viewer offers, and says on its first serial port whatever comes. Boot sector; as --32, ld -Ttext 0x7c00.
 */
	.code16
	.globl _start
_start:
	cli
	xor %ax, %ax
	mov %ax, %ds
	mov %ax, %ss
	mov $0x7c00, %sp
	cld
	xor %bx, %bx			/* how far it is in a chunk */
next:	mov $0x2fd, %dx
	in %dx, %al
	test $1, %al
	jz next
	mov $0x2f8, %dx
	in %dx, %al
	mov %al, %ah
	mov $0x3f8, %dx
	out %al, %dx
	/* port 4, size 4 | protocol 4, type 4, opaque 8, size 4 | body */
	cmp $4, %bx
	jne 1f
	mov %ah, size
1:	cmp $5, %bx
	jne 1f
	mov %ah, size + 1
1:	cmp $12, %bx
	jne 1f
	mov %ah, type
1:	inc %bx
	mov size, %cx
	add $8, %cx
	cmp $8, %bx
	jb next
	cmp %cx, %bx
	jb next
	xor %bx, %bx
	mov type, %al
	cmp $6, %al			/* VD_AGENT_ANNOUNCE_CAPABILITIES */
	jne 1f
	mov $caps, %si
	mov $caps_end - caps, %cx
	jmp send
1:	cmp $7, %al			/* VD_AGENT_CLIPBOARD_GRAB */
	jne 1f
	mov $request, %si
	mov $request_end - request, %cx
	jmp send
1:	cmp $8, %al			/* VD_AGENT_CLIPBOARD_REQUEST */
	jne next
	mov $text, %si
	mov $text_end - text, %cx
send:	mov $0x2fd, %dx
	in %dx, %al
	test $0x20, %al
	jz send
	lodsb
	mov $0x2f8, %dx
	out %al, %dx
	loop send
	jmp next

	.macro head type, end, begin
	.long 1, \end - \begin - 8, 1, \type, 0, 0, \end - \begin - 28
	.endm
caps:	head 6, grab, caps
	.long 0, 1 << 5 | 1 << 6	/* by demand, of a selection */
grab:	head 7, caps_end, grab
	.long 0, 1
caps_end:
request: head 8, request_end, request
	.long 0, 1
request_end:
text:	head 4, text_end, text
	.long 0, 1
	.ascii "from the guest"
text_end:
size:	.word 0
type:	.byte 0
	.org 510
	.word 0xaa55
