/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was done to a packet of a flow, noted down, so that it is done to the
 * next ones without asking rules, entries and settings. What is unusual about a
 * packet, be it only a bit, has it asked all of them again.
 */
#ifndef _M46_RECIPE_H
#define _M46_RECIPE_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/types.h>

#include "encap6.h"
#include "ident.h"
#include "key.h"

struct dst_entry;
struct m46_cfg;
struct m46_dev;
struct m46_entry;
struct m46_flow_kind;
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
 * @map_gen: likewise of rules, entries or tunnels: m46_map_gen()
 * @fib_gen: likewise of IPv4 routes; only where @asks_fib
 * @checked: jiffies when the entries were seen to be alive
 * @delta: what the change of addresses does to a transport checksum
 * @mtu: *_64: the largest IPv4 packet of which the sender is not told
 * @count: what is counted of it, enum m46_counter
 * @kind: enum m46_recipe_kind
 * @hlen: bytes of @head
 * @asks_fib: adpt, md fib: IPv4 routes said that the source is allowed
 * @ident: numbers for it; of a flow that becomes IPv4 or gets its header
 * @head: the first header as the last packet left with it
 */
struct m46_recipe {
	struct m46_dev *m46;
	struct m46_entry *src;
	struct m46_entry *dst;
	u64 map_gen;
	u32 cfg_gen;
	u32 fib_gen;
	u32 checked;
	__wsum delta;
	u32 mtu;
	u8 count;
	u8 kind;
	u8 hlen;
	bool asks_fib;
	struct m46_ident ident;
	union {
		struct ipv6hdr ip6;
		struct iphdr ip4;
		u8 raw[sizeof(struct ipv6hdr) + M46_ENCAP_LIMIT_LEN];
	} head;
};

/*
 * Begin one; cfg and map_gen, m46_map_gen(), are from before anything was
 * asked. RCU.
 */
void m46_recipe_begin(struct m46_recipe *r, struct m46_dev *m46,
		      const struct m46_cfg *cfg, u64 map_gen);
/*
 * All that decides has been asked, and said that other packets with the same
 * addresses, DSCP and mark are to be treated likewise.
 */
void m46_recipe_note(struct m46_recipe *r, enum m46_recipe_kind kind,
		     __wsum delta, unsigned int count);
/*
 * Likewise of mode adpt or m46t, if r is not NULL; saddr: the packet's IPv4
 * source, if any.
 */
void m46_recipe_note_map(struct m46_recipe *r, const struct m46_map *map,
			 enum m46_recipe_kind kind, __wsum delta,
			 unsigned int count, __be32 saddr);
/*
 * The packet is finished: what its head is. On the fast path it came by the
 * route in and goes by the route out (NULL: one of the device's own), else both
 * are NULL. Return: whether the recipe can be kept.
 */
bool m46_recipe_end(struct m46_recipe *r, const struct sk_buff *skb,
		    const struct dst_entry *in, const struct dst_entry *out);

/**
 * struct m46_follow - a packet that a recipe is for
 * @r: the recipe
 * @in: fast path: route that it came by; NULL: on the default path
 * @out: fast path: route that it goes by; *_ENCAP4 finds it
 * @m46: the device
 * @cfg: its settings
 * @n: fast path: the neighbour that it goes to
 * @is_gso: it is a super-packet
 * @is_v6gw: that is an IPv6 one for an IPv4 packet
 * @hop_add: default path: see m46_hop_add()
 */
struct m46_follow {
	struct m46_recipe *r;
	struct dst_entry *in;
	struct dst_entry *out;
	struct m46_dev *m46;
	const struct m46_cfg *cfg;
	struct neighbour *n;
	bool is_gso;
	bool is_v6gw;
	u8 hop_add;
};

/*
 * The device that it is for, if the recipe still holds: sets m46 and cfg.
 * RCU, BH disabled.
 */
bool m46_recipe_holds(struct m46_follow *f);
/*
 * Follow it. Return: whether skb is ready, for neigh_output() or for
 * m46_receive(); else it is as good as new. Its addresses, DSCP and mark are
 * those of the recipe's flow, of *_DECAP4 inside, too; on the fast path both
 * routes are valid, and nothing about it is such as is left to the other one.
 * RCU, BH disabled.
 */
bool m46_recipe_follow(struct m46_follow *f, struct sk_buff *skb);
/* Likewise, of one kind each: m46_recipe_follow() picks it. */
bool m46_follow46(struct m46_follow *f, struct sk_buff *skb);
bool m46_follow64(struct m46_follow *f, struct sk_buff *skb);
bool m46_follow66(struct m46_follow *f, struct sk_buff *skb);
bool m46_follow_encap6(struct m46_follow *f, struct sk_buff *skb);
bool m46_follow_decap6(struct m46_follow *f, struct sk_buff *skb);
bool m46_follow_encap4(struct m46_follow *f, struct sk_buff *skb);
bool m46_follow_decap4(struct m46_follow *f, struct sk_buff *skb);
/* m46t: are its entries still good? Their timers are restarted. Likewise. */
bool m46_recipe_may_use_entries(const struct m46_follow *f);

/**
 * struct m46_rslot - what the default path has done to a flow
 * @key: the flow
 * @next: see m46_flows_may_have()
 * @recipe: what was done
 */
struct m46_rslot {
	struct m46_key key;
	u32 next;
	struct m46_recipe recipe;
};

/* struct m46_rslot, of @recipes */
extern const struct m46_flow_kind m46_rslot_kind;
/*
 * The default path: send a packet routed into the device by the recipe of its
 * flow. Return: whether it has gone; else skb is as good as new, and key that
 * of its flow, or empty: what is done to it need not be noted. RCU, BH
 * disabled.
 */
bool m46_recipe_xmit(struct m46_dev *m46, struct sk_buff *skb,
		     struct m46_key *key);
/* Keep one that has been noted, of a packet that is about to go. Likewise. */
void m46_recipe_keep(struct m46_recipe *r, const struct m46_key *key,
		     const struct sk_buff *skb);

#endif /* _M46_RECIPE_H */
