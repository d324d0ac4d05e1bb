/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast path: what was done to a packet of a flow, noted down, so that it is
 * done to the next ones without asking rules, entries and settings. What is
 * unusual about a packet, be it only a bit, has it asked all of them again.
 */
#ifndef _M46_RECIPE_H
#define _M46_RECIPE_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/types.h>

#include "encap6.h"

struct dst_entry;
struct m46_cfg;
struct m46_dev;
struct m46_entry;
struct m46_fast;
struct m46_map;
struct neighbour;

/**
 * enum m46_recipe_kind - what is done
 * @M46_RECIPE_NONE: nobody knows
 * @M46_RECIPE_46: IPv4 is translated to IPv6
 * @M46_RECIPE_64: IPv6 is translated to IPv4
 * @M46_RECIPE_66: addresses of IPv6 are exchanged
 * @M46_RECIPE_ENCAP6: IPv4 gets an IPv6 header
 * @M46_RECIPE_DECAP6: and loses it
 * @M46_RECIPE_ENCAP4: IPv6 gets an IPv4 header
 * @M46_RECIPE_DECAP4: and loses it
 */
enum m46_recipe_kind {
	M46_RECIPE_NONE,
	M46_RECIPE_46,
	M46_RECIPE_64,
	M46_RECIPE_66,
	M46_RECIPE_ENCAP6,
	M46_RECIPE_DECAP6,
	M46_RECIPE_ENCAP4,
	M46_RECIPE_DECAP4,
};

/**
 * struct m46_recipe - what is done to the packets of a flow
 * @m46: the device. To be followed where the route that the packet came by
 *	leads into it; *_DECAP4: while @map_gen is m46_tunnel_gen()
 * @src: m46t: entry of the IPv6 source, or NULL. To be followed while @map_gen
 *	is that of the device
 * @dst: m46t: likewise of the IPv6 destination
 * @cfg_gen: generation of the settings, before they were asked
 * @map_gen: likewise of rules, entries or tunnels: m46_recipe_gen()
 * @fib_gen: likewise of IPv4 routes; only where @asks_fib
 * @delta: what the change of addresses does to a transport checksum
 * @mtu: *_64: the largest IPv4 packet of which the sender is not told
 * @count: what is counted of it, enum m46_counter
 * @kind: enum m46_recipe_kind
 * @hlen: bytes of @head
 * @asks_fib: adpt, md fib: IPv4 routes said that the source is allowed
 * @head: the first header as the last packet left with it
 */
struct m46_recipe {
	struct m46_dev *m46;
	struct m46_entry *src;
	struct m46_entry *dst;
	u64 map_gen;
	u32 cfg_gen;
	u32 fib_gen;
	__wsum delta;
	u32 mtu;
	u8 count;
	u8 kind;
	u8 hlen;
	bool asks_fib;
	union {
		struct ipv6hdr ip6;
		struct iphdr ip4;
		u8 raw[sizeof(struct ipv6hdr) + M46_ENCAP_LIMIT_LEN];
	} head;
};

/* Generation of what the device's mode asks for an address. RCU. */
u64 m46_recipe_gen(const struct m46_dev *m46);
/*
 * Begin one; cfg and map_gen, m46_recipe_gen(), are from before anything was
 * asked. RCU.
 */
void m46_recipe_begin(struct m46_recipe *r, struct m46_dev *m46,
		      const struct m46_cfg *cfg, u64 map_gen);
/*
 * All that decides has been asked, and said that other packets with the same
 * addresses, DSCP and mark are to be treated likewise. fast NULL: nothing.
 */
void m46_recipe_note(const struct m46_fast *fast, enum m46_recipe_kind kind,
		     __wsum delta, unsigned int count);
/* Likewise of mode adpt or m46t; saddr: the packet's IPv4 source, if any. */
void m46_recipe_note_map(const struct m46_fast *fast,
			 const struct m46_map *map, enum m46_recipe_kind kind,
			 __wsum delta, unsigned int count, __be32 saddr);
/*
 * The packet is finished: what its head is, it came by the route in and goes by
 * the route out (NULL: one of the device's own). Return: whether the recipe can
 * be kept.
 */
bool m46_recipe_end(struct m46_recipe *r, const struct sk_buff *skb,
		    const struct dst_entry *in, const struct dst_entry *out);

/**
 * struct m46_follow - a packet that a recipe is for
 * @r: the recipe
 * @in: route that it came by
 * @out: route that it goes by; *_ENCAP4 finds it
 * @m46: the device
 * @cfg: its settings
 * @n: the neighbour that it goes to
 * @is_v6gw: that is an IPv6 one for an IPv4 packet
 */
struct m46_follow {
	const struct m46_recipe *r;
	struct dst_entry *in;
	struct dst_entry *out;
	struct m46_dev *m46;
	const struct m46_cfg *cfg;
	struct neighbour *n;
	bool is_v6gw;
};

/*
 * The device that it is for, if the recipe still holds: sets m46 and cfg.
 * RCU, BH disabled.
 */
bool m46_recipe_holds(struct m46_follow *f);
/*
 * Follow it. Return: whether skb is ready for neigh_output(); else it is as
 * good as new. Its addresses, DSCP and mark are those of the recipe's flow, of
 * *_DECAP4 inside, too; both routes are valid; nothing about it is such that
 * the fast path leaves it alone. RCU, BH disabled.
 */
bool m46_recipe_follow(struct m46_follow *f, struct sk_buff *skb);

#endif /* _M46_RECIPE_H */
