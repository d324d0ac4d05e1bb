// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin for qemu's emulator: how many instructions each block of code took,
 * between two executions of one address. The first execution begins, the
 * second writes "ADDRESS COUNT" lines to FILE.1, the third begins, the fourth
 * writes FILE.2, and so on. For one processor; what it counts does not change
 * what "-icount" counts.
 *
 *	-plugin file=profile.so,mark=0xADDRESS,out=FILE
 *
 * Debian has no qemu-plugin.h: the few declarations are here (version 1).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
typedef uint64_t qemu_plugin_id_t;

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
		void (*cb)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
		void (*cb)(unsigned int cpu, void *data), int flags,
		void *data);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb,
		int op, void *counter, uint64_t n);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

EXPORT int qemu_plugin_version = 1;

struct block {
	struct block *next;
	uint64_t addr;
	uint64_t count;
};

#define BUCKETS (1 << 16)

static struct block *blocks[BUCKETS];
static uint64_t mark;
static const char *out;
static unsigned int marks;

static struct block *block_of(uint64_t addr)
{
	struct block **head = &blocks[(addr >> 2) % BUCKETS];
	struct block *b;

	for (b = *head; b; b = b->next)
		if (b->addr == addr)
			return b;
	b = calloc(1, sizeof(*b));
	if (!b)
		abort();
	b->addr = addr;
	b->next = *head;
	*head = b;
	return b;
}

static void write_blocks(unsigned int n)
{
	char name[4096];
	FILE *f;

	snprintf(name, sizeof(name), "%s.%u", out, n);
	f = fopen(name, "w");
	if (!f)
		abort();
	for (int i = 0; i < BUCKETS; i++)
		for (struct block *b = blocks[i]; b; b = b->next)
			if (b->count)
				fprintf(f, "%" PRIx64 " %" PRIu64 "\n",
					b->addr, b->count);
	fclose(f);
}

static void marked(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (++marks % 2 == 0)
		write_blocks(marks / 2);
	for (int i = 0; i < BUCKETS; i++)
		for (struct block *b = blocks[i]; b; b = b->next)
			b->count = 0;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t addr = qemu_plugin_tb_vaddr(tb);

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, 0, &block_of(addr)->count,
						 qemu_plugin_tb_n_insns(tb));
	if (addr == mark)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, marked, 0, NULL);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
			       char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "mark=", 5))
			mark = strtoull(argv[i] + 5, NULL, 16);
		else if (!strncmp(argv[i], "out=", 4))
			out = strdup(argv[i] + 4);
	}
	if (!mark || !out)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
