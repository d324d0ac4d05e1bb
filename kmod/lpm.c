// SPDX-License-Identifier: GPL-2.0
/*
 * Tree bitmap (Eatherton, Varghese, Dittia 2004): a node stands for six bits
 * of the address. One bitmap says which of the 63 prefixes that end inside the
 * node exist, another which of the 64 children; the pointers to both lie
 * packed behind them, so a node costs what it holds.
 *
 * A reader takes one node per six bits and remembers where it last saw a
 * match; it counts bits for the value only once, at the end.
 *
 * A node's bitmaps never change. A writer that adds or takes away an entry
 * builds a copy of that one node, with everything new that hangs below it, and
 * publishes it by one pointer in the parent: a reader sees the table before or
 * after, and -ENOMEM leaves it as it was. Only in a table that no reader knows
 * yet, nodes are changed in place as long as they have room.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/overflow.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "lpm.h"

#define LPM_STRIDE	6
/*
 * Zero bits in front of the address: they put the nodes' boundaries at 1, 7,
 * 13, 19, 25 and 31, so that a /24, which most of the Internet's prefixes are,
 * is the longest prefix of its node and shares it with 31 neighbours.
 */
#define LPM_PAD		5
#define LPM_KEY_SHIFT	(64 - LPM_PAD - 32)
#define LPM_LEVELS	7
/* of a node: prefixes of 0 to 5 bits, and children */
#define LPM_SLOTS_MAX	(63 + 64)

/**
 * struct m46_lpm_node - six bits of the address
 * @rcu: for freeing
 * @prefixes: bit (1 << r) - 1 + v: the prefix of r bits (0..5), value v, exists
 * @children: bit v: there is a node below the six bits of value v
 * @slot: children, then values of prefixes, both ascending by bit
 */
struct m46_lpm_node {
	struct rcu_head rcu;
	u64 prefixes;
	u64 children;
	void __rcu *slot[];
};

/*
 * The prefixes of 0 to 5 bits that cover a chunk, by its first five bits: as
 * in a heap, n lies below (n - 1) / 2. The highest bit is the longest prefix.
 * (The sixth bit of a chunk matters to children only.)
 */
#define COVER(a, b, c, d, e)	(BIT_ULL(0) | BIT_ULL(a) | BIT_ULL(b) |	       \
				 BIT_ULL(c) | BIT_ULL(d) | BIT_ULL(e))

static const u64 lpm_cover_table[32] = {
	COVER(1, 3, 7, 15, 31),  COVER(1, 3, 7, 15, 32),
	COVER(1, 3, 7, 16, 33),  COVER(1, 3, 7, 16, 34),
	COVER(1, 3, 8, 17, 35),  COVER(1, 3, 8, 17, 36),
	COVER(1, 3, 8, 18, 37),  COVER(1, 3, 8, 18, 38),
	COVER(1, 4, 9, 19, 39),  COVER(1, 4, 9, 19, 40),
	COVER(1, 4, 9, 20, 41),  COVER(1, 4, 9, 20, 42),
	COVER(1, 4, 10, 21, 43), COVER(1, 4, 10, 21, 44),
	COVER(1, 4, 10, 22, 45), COVER(1, 4, 10, 22, 46),
	COVER(2, 5, 11, 23, 47), COVER(2, 5, 11, 23, 48),
	COVER(2, 5, 11, 24, 49), COVER(2, 5, 11, 24, 50),
	COVER(2, 5, 12, 25, 51), COVER(2, 5, 12, 25, 52),
	COVER(2, 5, 12, 26, 53), COVER(2, 5, 12, 26, 54),
	COVER(2, 6, 13, 27, 55), COVER(2, 6, 13, 27, 56),
	COVER(2, 6, 13, 28, 57), COVER(2, 6, 13, 28, 58),
	COVER(2, 6, 14, 29, 59), COVER(2, 6, 14, 29, 60),
	COVER(2, 6, 14, 30, 61), COVER(2, 6, 14, 30, 62),
};

/* Bits of the prefixes that cover chunk v. */
static u64 lpm_cover(unsigned int v)
{
	return lpm_cover_table[v >> 1];
}

/* The key is the padded address, left-aligned; each level shifts six out. */
static u64 lpm_key(u32 addr)
{
	return (u64)addr << LPM_KEY_SHIFT;
}

static unsigned int lpm_chunk(u64 key)
{
	return key >> (64 - LPM_STRIDE);
}

/* Bit in prefixes of the first rel bits of the key. */
static unsigned int lpm_bit(u64 key, unsigned int rel)
{
	return (1U << rel) - 1 + (lpm_chunk(key) >> (LPM_STRIDE - rel));
}

static unsigned int lpm_rank(u64 bitmap, unsigned int bit)
{
	return hweight64(bitmap & (BIT_ULL(bit) - 1));
}

static unsigned int lpm_child_slot(const struct m46_lpm_node *node,
				   unsigned int v)
{
	return lpm_rank(node->children, v);
}

static unsigned int lpm_value_slot(const struct m46_lpm_node *node,
				   unsigned int bit)
{
	return hweight64(node->children) + lpm_rank(node->prefixes, bit);
}

static unsigned int lpm_slots(const struct m46_lpm_node *node)
{
	return hweight64(node->children) + hweight64(node->prefixes);
}

/* len: NULL if nobody wants it, which the compiler knows. */
static __always_inline void *lpm_match(const struct m46_lpm *lpm, u32 addr,
				       u8 *len)
{
	const struct m46_lpm_node *node = rcu_dereference(lpm->root);
	const struct m46_lpm_node *best = NULL;
	unsigned int bit = 0, depth = 0;
	u64 key = lpm_key(addr);

	while (node) {
		unsigned int v = lpm_chunk(key);
		u64 match = node->prefixes & lpm_cover(v);

		if (match) {
			best = node;
			bit = fls64(match) - 1;
			if (len)
				*len = depth + fls(bit + 1) - 1 - LPM_PAD;
		}
		if (!(node->children & BIT_ULL(v)))
			break;
		node = rcu_dereference(node->slot[lpm_child_slot(node, v)]);
		key <<= LPM_STRIDE;
		depth += LPM_STRIDE;
	}
	if (!best)
		return NULL;
	return rcu_dereference(best->slot[lpm_value_slot(best, bit)]);
}

void *m46_lpm_lookup(const struct m46_lpm *lpm, u32 addr)
{
	return lpm_match(lpm, addr, NULL);
}

void *m46_lpm_match(const struct m46_lpm *lpm, u32 addr, u8 *len)
{
	return lpm_match(lpm, addr, len);
}

/**
 * struct lpm_pos - where a prefix is or would be
 * @link: the pointer to @node
 * @node: deepest node on the way; NULL in an empty table only
 * @key: rest of the key at @node
 * @rel: rest of the length at @node; LPM_STRIDE or more: a child is missing
 */
struct lpm_pos {
	void __rcu **link;
	struct m46_lpm_node *node;
	u64 key;
	unsigned int rel;
};

static void lpm_seek(struct m46_lpm *lpm, u32 addr, u8 len,
		     struct lpm_pos *pos)
{
	pos->link = &lpm->root;
	pos->node = rtnl_dereference(lpm->root);
	pos->key = lpm_key(addr);
	pos->rel = len + LPM_PAD;

	while (pos->node && pos->rel >= LPM_STRIDE) {
		unsigned int v = lpm_chunk(pos->key);

		if (!(pos->node->children & BIT_ULL(v)))
			break;
		pos->link = &pos->node->slot[lpm_child_slot(pos->node, v)];
		pos->node = rtnl_dereference(*pos->link);
		pos->key <<= LPM_STRIDE;
		pos->rel -= LPM_STRIDE;
	}
}

/* The pointer to the value of the prefix that was sought, NULL: none. */
static void __rcu **lpm_value_link(const struct lpm_pos *pos)
{
	unsigned int bit;

	if (!pos->node || pos->rel >= LPM_STRIDE)
		return NULL;
	bit = lpm_bit(pos->key, pos->rel);
	if (!(pos->node->prefixes & BIT_ULL(bit)))
		return NULL;
	return &pos->node->slot[lpm_value_slot(pos->node, bit)];
}

void *m46_lpm_find(struct m46_lpm *lpm, u32 addr, u8 len)
{
	void __rcu **link;
	struct lpm_pos pos;

	lpm_seek(lpm, addr, len, &pos);
	link = lpm_value_link(&pos);
	return link ? rtnl_dereference(*link) : NULL;
}

/*
 * The slots of a node of n entries: as many as kmalloc() has room for anyway,
 * so that a table that is being filled need not copy for every entry.
 */
static unsigned int lpm_room(unsigned int n)
{
	static const u8 rooms[] = { 4, 8, 12, 20, 28, 60, 124, LPM_SLOTS_MAX };
	unsigned int i = 0;

	while (rooms[i] < n)
		i++;
	return rooms[i];
}

static struct m46_lpm_node *lpm_node_alloc(u64 prefixes, u64 children,
					   gfp_t gfp)
{
	unsigned int n = hweight64(prefixes) + hweight64(children);
	struct m46_lpm_node *node;

	node = kmalloc(struct_size(node, slot, lpm_room(n)), gfp);
	if (node) {
		node->prefixes = prefixes;
		node->children = children;
	}
	return node;
}

/* Give back a node that has left the table. */
static void lpm_node_free(const struct m46_lpm *lpm, struct m46_lpm_node *node)
{
	if (lpm->unseen)
		kfree(node);
	else
		kfree_rcu(node, rcu);
}

/* Give back nodes of which each but the last has one child and no prefix. */
static void lpm_chain_free(const struct m46_lpm *lpm, struct m46_lpm_node *node)
{
	struct m46_lpm_node *next;

	for (; node; node = next) {
		next = node->children ? rtnl_dereference(node->slot[0]) : NULL;
		lpm_node_free(lpm, node);
	}
}

/* The nodes that lead to one prefix, for hanging into the table as a whole. */
static struct m46_lpm_node *lpm_chain(const struct m46_lpm *lpm, u64 key,
				      unsigned int rel, void *value, gfp_t gfp)
{
	unsigned int level = rel / LPM_STRIDE;
	struct m46_lpm_node *node, *up;
	unsigned int bit;

	bit = lpm_bit(key << level * LPM_STRIDE, rel % LPM_STRIDE);
	node = lpm_node_alloc(BIT_ULL(bit), 0, gfp);
	if (!node)
		return NULL;
	RCU_INIT_POINTER(node->slot[0], value);

	while (level--) {
		unsigned int v = lpm_chunk(key << level * LPM_STRIDE);

		up = lpm_node_alloc(0, BIT_ULL(v), gfp);
		if (!up) {
			lpm_chain_free(lpm, node);
			return NULL;
		}
		RCU_INIT_POINTER(up->slot[0], node);
		node = up;
	}
	return node;
}

/* A copy of node that has ptr at slot at, and the bitmaps that go with it. */
static struct m46_lpm_node *lpm_node_grow(const struct m46_lpm_node *node,
					  u64 prefixes, u64 children,
					  unsigned int at, void *ptr, gfp_t gfp)
{
	unsigned int i, n = lpm_slots(node);
	struct m46_lpm_node *new;

	new = lpm_node_alloc(prefixes, children, gfp);
	if (!new)
		return NULL;
	for (i = 0; i < at; i++)
		RCU_INIT_POINTER(new->slot[i], rtnl_dereference(node->slot[i]));
	RCU_INIT_POINTER(new->slot[at], ptr);
	for (; i < n; i++)
		RCU_INIT_POINTER(new->slot[i + 1],
				 rtnl_dereference(node->slot[i]));
	return new;
}

/*
 * Put ptr into slot at of a node that nobody reads, if it has room.
 * Return: whether it has.
 */
static bool lpm_node_insert(struct m46_lpm_node *node, u64 prefixes,
			    u64 children, unsigned int at, void *ptr)
{
	unsigned int n = lpm_slots(node);

	if (n == lpm_room(n))
		return false;
	memmove(&node->slot[at + 1], &node->slot[at],
		(n - at) * sizeof(node->slot[0]));
	RCU_INIT_POINTER(node->slot[at], ptr);
	node->prefixes = prefixes;
	node->children = children;
	return true;
}

/* A copy of node without slot at. */
static struct m46_lpm_node *lpm_node_shrink(const struct m46_lpm_node *node,
					    u64 prefixes, u64 children,
					    unsigned int at, gfp_t gfp)
{
	unsigned int i, n = lpm_slots(node);
	struct m46_lpm_node *new;

	new = lpm_node_alloc(prefixes, children, gfp);
	if (!new)
		return NULL;
	for (i = 0; i < at; i++)
		RCU_INIT_POINTER(new->slot[i], rtnl_dereference(node->slot[i]));
	for (i++; i < n; i++)
		RCU_INIT_POINTER(new->slot[i - 1],
				 rtnl_dereference(node->slot[i]));
	return new;
}

/* Node with ptr at slot at: itself if that can be, or a copy. */
static struct m46_lpm_node *lpm_node_put(const struct m46_lpm *lpm,
					 struct m46_lpm_node *node,
					 u64 prefixes, u64 children,
					 unsigned int at, void *ptr, gfp_t gfp)
{
	if (lpm->unseen && lpm_node_insert(node, prefixes, children, at, ptr))
		return node;
	return lpm_node_grow(node, prefixes, children, at, ptr, gfp);
}

/* What takes the place of pos->node when the prefix has been added. */
static struct m46_lpm_node *lpm_add(const struct m46_lpm *lpm,
				    const struct lpm_pos *pos, void *value,
				    gfp_t gfp)
{
	struct m46_lpm_node *below, *new, *node = pos->node;
	unsigned int bit;

	if (!node)
		return lpm_chain(lpm, pos->key, pos->rel, value, gfp);

	if (pos->rel < LPM_STRIDE) {
		bit = lpm_bit(pos->key, pos->rel);
		return lpm_node_put(lpm, node, node->prefixes | BIT_ULL(bit),
				    node->children, lpm_value_slot(node, bit),
				    value, gfp);
	}

	below = lpm_chain(lpm, pos->key << LPM_STRIDE, pos->rel - LPM_STRIDE,
			  value, gfp);
	if (!below)
		return NULL;
	bit = lpm_chunk(pos->key);
	new = lpm_node_put(lpm, node, node->prefixes,
			   node->children | BIT_ULL(bit),
			   lpm_child_slot(node, bit), below, gfp);
	if (!new)
		lpm_chain_free(lpm, below);
	return new;
}

int m46_lpm_set(struct m46_lpm *lpm, u32 addr, u8 len, void *value, void **old,
		gfp_t gfp)
{
	struct m46_lpm_node *new;
	void __rcu **link;
	struct lpm_pos pos;

	lpm_seek(lpm, addr, len, &pos);
	link = lpm_value_link(&pos);
	if (link) {
		*old = rtnl_dereference(*link);
		rcu_assign_pointer(*link, value);
		return 0;
	}

	*old = NULL;
	new = lpm_add(lpm, &pos, value, gfp);
	if (!new)
		return -ENOMEM;
	lpm->count++;
	if (new == pos.node)
		return 0;
	rcu_assign_pointer(*pos.link, new);
	if (pos.node)
		lpm_node_free(lpm, pos.node);
	return 0;
}

/*
 * The deepest node on the way to a prefix that holds something else too: what
 * hangs below it goes with the prefix. NULL: the whole table does.
 */
static void lpm_seek_cut(struct m46_lpm *lpm, u32 addr,
			 const struct lpm_pos *last, struct lpm_pos *cut)
{
	struct lpm_pos pos = {
		.link = &lpm->root,
		.node = rtnl_dereference(lpm->root),
		.key = lpm_key(addr),
	};

	cut->node = NULL;
	for (;;) {
		unsigned int v = lpm_chunk(pos.key);

		if (lpm_slots(pos.node) > 1)
			*cut = pos;
		if (pos.node == last->node)
			return;
		pos.link = &pos.node->slot[lpm_child_slot(pos.node, v)];
		pos.node = rtnl_dereference(*pos.link);
		pos.key <<= LPM_STRIDE;
	}
}

int m46_lpm_del(struct m46_lpm *lpm, u32 addr, u8 len, void **old, gfp_t gfp)
{
	struct m46_lpm_node *node, *new = NULL, *below = NULL;
	struct lpm_pos pos, cut;
	void __rcu **link;
	unsigned int bit;

	lpm_seek(lpm, addr, len, &pos);
	link = lpm_value_link(&pos);
	if (!link)
		return -ENOENT;

	lpm_seek_cut(lpm, addr, &pos, &cut);
	node = cut.node;
	if (!node) {
		cut.link = &lpm->root;
		below = rtnl_dereference(lpm->root);
	} else if (node == pos.node) {
		bit = lpm_bit(pos.key, pos.rel);
		new = lpm_node_shrink(node, node->prefixes & ~BIT_ULL(bit),
				      node->children,
				      lpm_value_slot(node, bit), gfp);
	} else {
		bit = lpm_chunk(cut.key);
		below = rtnl_dereference(node->slot[lpm_child_slot(node, bit)]);
		new = lpm_node_shrink(node, node->prefixes,
				      node->children & ~BIT_ULL(bit),
				      lpm_child_slot(node, bit), gfp);
	}
	if (node && !new)
		return -ENOMEM;

	*old = rtnl_dereference(*link);
	rcu_assign_pointer(*cut.link, new);
	lpm_chain_free(lpm, below);
	if (node)
		lpm_node_free(lpm, node);
	lpm->count--;
	return 0;
}

/**
 * struct lpm_walk - where a walk is
 * @addr: skip what comes before this address ...
 * @len: ... or has this address and is shorter
 * @fn: called for each prefix
 * @arg: its last argument
 * @level: the node that is being walked
 * @node: nodes from the root to it
 * @base: key of each node, bits below the node zero
 * @pending: chunks of each node where something is left to do
 */
struct lpm_walk {
	u32 addr;
	u8 len;
	int (*fn)(u32 addr, u8 len, void *value, void *arg);
	void *arg;
	unsigned int level;
	const struct m46_lpm_node *node[LPM_LEVELS];
	u64 base[LPM_LEVELS];
	u64 pending[LPM_LEVELS];
};

/* The chunks where a child hangs or a prefix begins. */
static u64 lpm_starts(const struct m46_lpm_node *node)
{
	u64 bits, starts = node->children;

	for (bits = node->prefixes; bits; bits &= bits - 1) {
		unsigned int at = __ffs64(bits) + 1;
		unsigned int rel = fls(at) - 1;

		at -= 1U << rel;
		starts |= BIT_ULL(at << (LPM_STRIDE - rel));
	}
	return starts;
}

static void lpm_walk_enter(struct lpm_walk *w, unsigned int level,
			   const struct m46_lpm_node *node, u64 base)
{
	unsigned int depth = level * LPM_STRIDE;
	u64 from = lpm_key(w->addr);

	w->level = level;
	w->node[level] = node;
	w->base[level] = base;
	w->pending[level] = lpm_starts(node);
	/* on the way to the first prefix wanted, what lies before it is not */
	if (base == (from & ~(~0ULL >> depth)))
		w->pending[level] &= ~0ULL << lpm_chunk(from << depth);
}

/* Call fn for the prefixes that begin at chunk v of the node. */
static int lpm_walk_prefixes(const struct lpm_walk *w,
			     const struct m46_lpm_node *node, u64 key,
			     unsigned int v)
{
	u64 bits = node->prefixes & lpm_cover(v);
	u32 addr = key >> LPM_KEY_SHIFT;
	unsigned int slot;
	int err;

	/* those that cover v - 1 as well began there or earlier */
	if (v)
		bits &= ~lpm_cover(v - 1);
	for (; bits; bits &= bits - 1) {
		unsigned int bit = __ffs64(bits);
		unsigned int rel = fls(bit + 1) - 1;
		u8 len = w->level * LPM_STRIDE + rel - LPM_PAD;

		if (addr < w->addr || (addr == w->addr && len < w->len))
			continue;
		slot = lpm_value_slot(node, bit);
		err = w->fn(addr, len, rcu_dereference_rtnl(node->slot[slot]),
			    w->arg);
		if (err)
			return err;
	}
	return 0;
}

int m46_lpm_walk(const struct m46_lpm *lpm, u32 addr, u8 len,
		 int (*fn)(u32 addr, u8 len, void *value, void *arg),
		 void *arg)
{
	const struct m46_lpm_node *node = rcu_dereference_rtnl(lpm->root);
	struct lpm_walk w = { .addr = addr, .len = len, .fn = fn, .arg = arg };
	unsigned int slot;
	int err;

	if (!node)
		return 0;
	lpm_walk_enter(&w, 0, node, 0);

	for (;;) {
		u64 key, left = w.pending[w.level];
		unsigned int v;

		if (!left) {
			if (!w.level--)
				return 0;
			continue;
		}
		v = __ffs64(left);
		w.pending[w.level] = left & (left - 1);
		node = w.node[w.level];
		key = w.base[w.level] |
		      (u64)v << (64 - (w.level + 1) * LPM_STRIDE);
		err = lpm_walk_prefixes(&w, node, key, v);
		if (err)
			return err;
		if (node->children & BIT_ULL(v)) {
			slot = lpm_child_slot(node, v);
			node = rcu_dereference_rtnl(node->slot[slot]);
			lpm_walk_enter(&w, w.level + 1, node, key);
		}
	}
}

void m46_lpm_destroy(struct m46_lpm *lpm)
{
	struct m46_lpm_node *path[LPM_LEVELS];
	unsigned int next[LPM_LEVELS];
	int level = 0;

	path[0] = rcu_dereference_protected(lpm->root, 1);
	next[0] = 0;
	if (!path[0])
		return;

	while (level >= 0) {
		struct m46_lpm_node *node = path[level];
		unsigned int i = next[level]++;

		if (i == hweight64(node->children)) {
			kfree(node);
			level--;
			cond_resched();
			continue;
		}
		level++;
		path[level] = rcu_dereference_protected(node->slot[i], 1);
		next[level] = 0;
	}
	RCU_INIT_POINTER(lpm->root, NULL);
	lpm->count = 0;
}
