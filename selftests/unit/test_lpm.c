// SPDX-License-Identifier: GPL-2.0
/*
 * kmod/lpm.c against a list that is searched from end to end.
 *
 *	test_lpm [SEED [ROUNDS]]
 *
 * Prefixes are drawn close together, so that most operations meet others'
 * nodes. Every operation may run out of memory at every allocation, and then
 * must have changed nothing. ASan sees what is freed too early, too often or
 * never.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lpm.h"

long shim_alloc_left = -1;
long shim_alloc_count;
long shim_alloc_bytes;

#include <linux/slab.h>

#define MODEL_MAX	400

struct entry {
	u32 addr;
	u8 len;
	void *value;
};

/* The model, sorted by address, then length. */
static struct entry model[MODEL_MAX];
static unsigned int model_n;

static struct m46_lpm lpm;
static unsigned int tests, failed;
static u64 rng = 0x46464646deadbeefULL;

static void ok(int pass, const char *fmt, ...)
{
	va_list ap;

	tests++;
	failed += !pass;
	printf("%sok %u - ", pass ? "" : "not ", tests);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

static u32 rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng >> 16;
}

static u32 mask(u8 len)
{
	return len ? ~0U << (32 - len) : 0;
}

static void *new_value(void)
{
	static char space[1 << 20];

	return &space[rnd() % sizeof(space)];
}

static int order(u32 a_addr, u8 a_len, u32 b_addr, u8 b_len)
{
	if (a_addr != b_addr)
		return a_addr < b_addr ? -1 : 1;
	return a_len - b_len;
}

/* Where the prefix is in the model, or would be. */
static unsigned int model_find(u32 addr, u8 len, bool *found)
{
	unsigned int i = 0;

	while (i < model_n && order(model[i].addr, model[i].len, addr, len) < 0)
		i++;
	*found = i < model_n && !order(model[i].addr, model[i].len, addr, len);
	return i;
}

static void *model_set(u32 addr, u8 len, void *value)
{
	bool found;
	unsigned int i = model_find(addr, len, &found);
	void *old = NULL;

	if (found) {
		old = model[i].value;
	} else {
		memmove(&model[i + 1], &model[i],
			(model_n++ - i) * sizeof(*model));
		model[i].addr = addr;
		model[i].len = len;
	}
	model[i].value = value;
	return old;
}

static void model_del(unsigned int i)
{
	memmove(&model[i], &model[i + 1], (--model_n - i) * sizeof(*model));
}

static void *model_lookup(u32 addr, int *len)
{
	void *value = NULL;
	unsigned int i;
	int best = -1;

	for (i = 0; i < model_n; i++) {
		if ((addr & mask(model[i].len)) == model[i].addr &&
		    model[i].len > best) {
			best = model[i].len;
			value = model[i].value;
		}
	}
	*len = best;
	return value;
}

struct walk {
	unsigned int i;
	unsigned int stop;
	bool wrong;
};

static int walk_one(u32 addr, u8 len, void *value, void *arg)
{
	struct walk *w = arg;
	const struct entry *e = &model[w->i];

	if (w->i >= model_n || e->addr != addr || e->len != len ||
	    e->value != value)
		w->wrong = true;
	w->i++;
	return w->i == w->stop ? 46 : 0;
}

/* Whole walk, and one in pieces that begin anywhere. */
static bool same_walk(void)
{
	struct walk w = { .stop = MODEL_MAX + 1 };
	struct entry from;
	bool found;
	int err;

	if (m46_lpm_walk(&lpm, 0, 0, walk_one, &w) || w.wrong ||
	    w.i != model_n)
		return false;

	from.len = rnd() % 33;
	from.addr = (rnd() << (rnd() % 32)) & mask(from.len);
	if (model_n && rnd() % 2)
		from = model[rnd() % model_n];
	w.i = model_find(from.addr, from.len, &found);
	w.stop = w.i + 1 + rnd() % 8;
	err = m46_lpm_walk(&lpm, from.addr, from.len, walk_one, &w);
	if (w.stop <= model_n)
		return err == 46 && w.i == w.stop && !w.wrong;
	return !err && w.i == model_n && !w.wrong;
}

static bool same_lookup(u32 addr)
{
	int want;
	void *value = model_lookup(addr, &want);
	u8 len = 0;

	return m46_lpm_lookup(&lpm, addr) == value &&
	       m46_lpm_match(&lpm, addr, &len) == value &&
	       (!value || len == want);
}

/* At the edges of every prefix is where a wrong bit would show. */
static bool same_lookups(void)
{
	unsigned int i;

	for (i = 0; i < model_n; i++) {
		u32 first = model[i].addr, last = first | ~mask(model[i].len);

		if (!same_lookup(first) || !same_lookup(last) ||
		    !same_lookup(first - 1) || !same_lookup(last + 1) ||
		    m46_lpm_find(&lpm, first, model[i].len) != model[i].value)
			return false;
	}
	return same_lookup(0) && same_lookup(~0U) && same_lookup(rnd()) &&
	       lpm.count == model_n;
}

/* Set, first with too little memory: 0, 1, 2 ... allocations. */
static bool check_set(u32 addr, u8 len)
{
	void *value = new_value(), *old;
	long allocs = 0;
	int err;

	for (;;) {
		shim_alloc_left = allocs++;
		err = m46_lpm_set(&lpm, addr, len, value, &old, GFP_KERNEL);
		shim_alloc_left = -1;
		if (!err)
			break;
		if (err != -ENOMEM || !same_walk() || lpm.count != model_n)
			return false;
	}
	return old == model_set(addr, len, value);
}

static bool check_del(u32 addr, u8 len)
{
	void *old = NULL;
	unsigned int i;
	bool found;
	int err;

	i = model_find(addr, len, &found);
	shim_alloc_left = 0;
	err = m46_lpm_del(&lpm, addr, len, &old, GFP_KERNEL);
	shim_alloc_left = -1;
	if (err == -ENOMEM) {
		if (!same_walk() || lpm.count != model_n)
			return false;
		err = m46_lpm_del(&lpm, addr, len, &old, GFP_KERNEL);
	}
	if (!found)
		return err == -ENOENT;
	if (err || old != model[i].value)
		return false;
	model_del(i);
	return !m46_lpm_find(&lpm, addr, len);
}

static void boundaries(void)
{
	static const struct {
		u32 addr;
		u8 len;
	} p[] = {
		{ 0, 0 }, { 0, 1 }, { 0x80000000, 1 }, { 0, 6 }, { 0, 7 },
		{ 0, 8 }, { 0xfe000000, 7 }, { 0xc0000200, 24 },
		{ 0xc0000200, 25 }, { 0xc0000280, 25 }, { 0xffffe000, 19 },
		{ 0xfffffff8, 29 }, { 0xfffffffe, 31 }, { 0xfffffffe, 32 },
		{ 0xffffffff, 32 }, { 0, 31 }, { 0, 32 }, { 1, 32 },
		{ 0x7fffffff, 32 }, { 0x80000000, 32 },
	};
	unsigned int i, n = sizeof(p) / sizeof(*p);
	bool pass = true;

	for (i = 0; i < n; i++) {
		pass &= check_set(p[i].addr, p[i].len);
		pass &= same_lookups() && same_walk();
	}
	ok(pass, "boundary prefixes: /0, /1, /31, /32, 255.255.255.255/32");
	for (i = 0, pass = true; i < n; i++) {
		pass &= check_del(p[i].addr, p[i].len);
		pass &= same_lookups() && same_walk();
	}
	ok(pass, "boundary prefixes: deleted");
	ok(!lpm.root && !shim_alloc_count, "an empty table holds no memory");

	for (i = 0, pass = true; i < n; i++) {
		pass &= check_set(p[i].addr, p[i].len);
		pass &= check_del(p[i].addr, p[i].len) && !shim_alloc_count;
	}
	ok(pass, "a prefix alone in the table leaves nothing behind");
}

/* A prefix near others: what differs is anywhere, but in few bits. */
static void draw(u32 *addr, u8 *len)
{
	static const u32 base[] = { 0, 0xffffffff, 0xc0000200, 0x0a000000,
				    0x7fffffff, 0x80000000 };

	*len = rnd() % 33;
	*addr = base[rnd() % 6];
	if (rnd() % 4)
		*addr ^= (rnd() % 64) << (rnd() % 32);
	if (!(rnd() % 16))
		*addr = rnd();
	*addr &= mask(*len);
}

static void random_ops(unsigned int rounds)
{
	bool set = true, del = true, lookup = true, walk = true;
	unsigned int i, grow = 1;
	u32 addr;
	u8 len;

	for (i = 0; i < rounds; i++) {
		if (model_n == 0)
			grow = 1;
		else if (model_n == MODEL_MAX)
			grow = 0;
		draw(&addr, &len);
		if (rnd() % 3 == 0 ? grow : !grow) {
			if (model_n && rnd() % 2) {
				unsigned int at = rnd() % model_n;

				addr = model[at].addr;
				len = model[at].len;
			}
			del &= check_del(addr, len);
		} else if (model_n < MODEL_MAX) {
			set &= check_set(addr, len);
		}
		walk &= same_walk();
		if (i % 64 == 0)
			lookup &= same_lookups();
	}
	ok(set, "insert and replace, %u operations, out of memory at each step",
	   rounds);
	ok(del, "delete, out of memory at each step");
	ok(lookup, "lookup and find");
	ok(walk, "walk from the start and from anywhere");
}

static void check_destroy(void)
{
	unsigned int n = lpm.count;

	m46_lpm_destroy(&lpm);
	ok(n && !shim_alloc_count && !lpm.root && !lpm.count,
	   "teardown of %u prefixes leaves no memory", n);
	m46_lpm_destroy(&lpm);
	ok(!lpm.root && !shim_alloc_count, "teardown of an empty table");
}

/* Every node of a level full: the largest nodes there are. */
static void dense(void)
{
	bool pass = true;
	unsigned int i;

	for (i = 0; i < 8192; i++) {
		void *old;

		pass &= !m46_lpm_set(&lpm, 0x0a000000 | i << 11, 21,
				     (void *)(uintptr_t)(i + 1), &old, 0);
		pass &= !m46_lpm_set(&lpm, 0x0a000000 | i << 8, 24,
				     (void *)(uintptr_t)(i + 10001), &old, 0);
	}
	for (i = 0; i < 8192; i++) {
		uintptr_t want = i + 10001;

		pass &= m46_lpm_lookup(&lpm, 0x0a000000 | i << 8 | 5) ==
			(void *)want;
		pass &= m46_lpm_find(&lpm, 0x0a000000 | i << 11, 21) ==
			(void *)(uintptr_t)(i + 1);
	}
	ok(pass && lpm.count == 16384, "full nodes");
}

/* Every prefix inside a node and every child: 127 slots, one after the other. */
static void fullest(int unseen)
{
	unsigned int len, i, n = 0;
	bool pass = true;
	void *old;

	lpm.unseen = unseen;
	for (len = 7; len <= 13; len++) {
		for (i = 0; i < 1U << (len - 7); i++)
			pass &= !m46_lpm_set(&lpm, 0x0a000000 | i << (32 - len),
					     len, (void *)(uintptr_t)++n, &old,
					     0);
	}
	pass &= lpm.count == 127;
	for (n = 0, len = 7; len <= 13; len++) {
		for (i = 0; i < 1U << (len - 7); i++)
			pass &= m46_lpm_find(&lpm, 0x0a000000 | i << (32 - len),
					     len) == (void *)(uintptr_t)++n;
	}
	for (len = 7; len <= 13; len++) {
		for (i = 0; i < 1U << (len - 7); i++)
			pass &= !m46_lpm_del(&lpm, 0x0a000000 | i << (32 - len),
					     len, &old, 0);
	}
	ok(pass && !lpm.count, unseen ? "the fullest node, in place" :
					"the fullest node");
	m46_lpm_destroy(&lpm);
}

/* What readers may be standing on is replaced; what nobody knows is changed. */
static void in_place(void)
{
	void *old, *before;
	bool pass;

	lpm.unseen = false;
	m46_lpm_set(&lpm, 0, 0, &lpm, &old, 0);
	before = lpm.root;
	m46_lpm_set(&lpm, 0, 1, &lpm, &old, 0);
	pass = lpm.root != before;
	before = lpm.root;
	lpm.unseen = true;
	m46_lpm_set(&lpm, 0x80000000, 1, &lpm, &old, 0);
	ok(pass && lpm.root == before && lpm.count == 3,
	   "nodes are changed in place only where no reader is");
	m46_lpm_destroy(&lpm);
}

int main(int argc, char **argv)
{
	unsigned int rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 10000;

	if (argc > 1)
		rng ^= strtoull(argv[1], NULL, 0) * 0x9e3779b97f4a7c15ULL;
	puts("TAP version 13");
	in_place();
	for (int i = 0; i < 2; i++) {
		lpm.unseen = i;
		printf("# %s\n", i ? "no reader" : "readers");
		boundaries();
		random_ops(rounds);
		/* leave something to destroy */
		check_set(0x0a000000, 8);
		check_destroy();
		model_n = 0;
		dense();
		check_destroy();
		fullest(i);
	}
	printf("1..%u\n", tests);
	return failed != 0;
}
