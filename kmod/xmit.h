/* SPDX-License-Identifier: GPL-2.0 */
/* The packet path: what the files share that packets go through. */
#ifndef _M46_XMIT_H
#define _M46_XMIT_H

#include <linux/skbuff.h>

#include "fast.h"
#include "map.h"
#include "recipe.h"
#include "send.h"
#include "stats.h"

/**
 * struct m46_pkt - one packet on its way through the device
 * @m46: the device
 * @map: settings and address mapping
 * @info: MTU or pointer for the ICMP error that a drop causes
 * @proto: transport protocol, for the same purpose
 * @fast: on the fast path; NULL: on the default one
 * @recipe: what is done to it, to be noted; or NULL
 * @key: default path: its flow
 * @hop_add: what to add to TTL or hop limit, see m46_hop_add()
 * @forwarded: it was received, not made here
 * @reassembled: it came as IPv6 fragments
 * @partial: CHECKSUM_PARTIAL: the checksum field holds the pseudo-header's sum
 */
struct m46_pkt {
	struct m46_dev *m46;
	struct m46_map map;
	const struct m46_fast *fast;
	struct m46_recipe *recipe;
	const struct m46_key *key;
	u32 info;
	u8 proto;
	u8 hop_add;
	bool forwarded;
	bool reassembled;
	bool partial;
};

/*
 * What the functions below return that leave a packet on the fast path to the
 * default one: no reason to drop, and skb is good for another try.
 */
#define M46_NOT_FAST	M46_COUNTER_MAX

/*
 * Translate skb and hand it to the stack. Return: M46_OK, skb is consumed; or
 * the reason to drop, and skb is still the caller's, unchanged where the reason
 * has an ICMP answer.
 */
enum m46_counter m46_xmit4(struct m46_pkt *p, struct sk_buff *skb);
enum m46_counter m46_xmit6(struct m46_pkt *p, struct sk_buff *skb);

/*
 * The IPv6 addresses of an IPv4 packet, by rules or entries. Return: M46_OK or
 * the reason to drop.
 */
enum m46_counter m46_map46(struct m46_pkt *p, const struct m46_ip4 *ip,
			   struct in6_addr *saddr, struct in6_addr *daddr);

/*
 * Count, answer and free. is6: what skb is now, which need not be what it was
 * when it came.
 */
void m46_drop(struct m46_pkt *p, struct sk_buff *skb, enum m46_counter drop,
	      bool is6);

/*
 * Likewise for an IPv6 packet between two hosts with entries, ip being its
 * header: saddr as m46_map_src64() has it, daddr as m46_map_dst64(). And for
 * an ICMPv6 error about one.
 */
enum m46_counter m46_xmit66(struct m46_pkt *p, struct sk_buff *skb,
			    const struct m46_ip6 *ip, __be32 saddr,
			    __be32 daddr);
enum m46_counter m46_xmit_error66(struct m46_pkt *p, struct sk_buff *skb,
				  const struct m46_ip6 *ip);

/*
 * Exchange the addresses of an IPv6 packet, or of an ICMPv6 error and what it
 * quotes as the mode's ops say, and count it as count.
 */
enum m46_counter m46_exchange66(struct m46_pkt *p, struct sk_buff *skb,
				const struct m46_ip6 *ip,
				const struct in6_addr *saddr,
				const struct in6_addr *daddr,
				enum m46_counter count);
enum m46_counter m46_exchange_error66(struct m46_pkt *p, struct sk_buff *skb,
				      const struct m46_ip6 *ip,
				      enum m46_counter count);

/*
 * Encapsulate an IPv4 packet, ip being its header and map.via its rule's prefix
 * (encap6.c).
 */
enum m46_counter m46_xmit_encap6(struct m46_pkt *p, struct sk_buff *skb,
				 const struct m46_ip4 *ip);
/*
 * decap6.c. Whether skb, whose next header is IPv4, is encapsulated: inner
 * and outer addresses agree. Else it is to be translated like any other
 * protocol.
 */
bool m46_is_encap6(struct sk_buff *skb, const struct m46_ip6 *ip);
/*
 * Decapsulate it, its addresses being checked already; the first leaves skb at
 * the inner header, the second hands it to the stack.
 */
enum m46_counter m46_decap6(struct m46_pkt *p, struct sk_buff *skb,
			    const struct m46_ip6 *ip);
enum m46_counter m46_xmit_decap6(struct m46_pkt *p, struct sk_buff *skb,
				 const struct m46_ip6 *ip);
/*
 * An ICMPv6 error about a packet that was encapsulated here. *is_mine says
 * whether it is one; only then the result counts.
 */
enum m46_counter m46_xmit_encap_error(struct m46_pkt *p, struct sk_buff *skb,
				      const struct m46_ip6 *ip, bool *is_mine);

/*
 * A packet on the fast path that is routed into the device. Return: whether it
 * has gone; else it is as good as new. RCU, BH disabled.
 */
bool m46_xmit_fast(struct m46_dev *m46, struct sk_buff *skb,
		   const struct m46_fast *fast);

/* Hand a finished packet on, by the way that the one it was made of came. */
static inline void m46_forward(const struct m46_pkt *p, struct sk_buff *skb)
{
	if (p->fast && m46_fast_forward(p->fast, p->m46, skb))
		return;
	if (!p->fast && p->recipe && p->recipe->kind)
		m46_recipe_keep(p->recipe, p->key, skb);
	m46_receive(p->m46, skb, p->forwarded);
}

/* TTL or hop limit of the packet that goes back to the stack. */
static inline u8 m46_hop(const struct m46_pkt *p, u8 ttl)
{
	return min(ttl + p->hop_add, 255);
}

/*
 * Bring the checksum of skb, whose transport header is l4 bytes from
 * skb->data, into one of two states: in the packet, or CHECKSUM_PARTIAL
 * exactly where proto has its checksum (p->partial). whole: neither a fragment
 * nor ICMP, whose checksum is not left to a device.
 * Return: M46_OK or the reason to drop.
 */
enum m46_counter m46_csum_state(struct m46_pkt *p, struct sk_buff *skb,
				unsigned int l4, u8 proto, bool whole);

/*
 * Finish a CHECKSUM_PARTIAL. Return false: it cannot be; a guest may have set
 * it anywhere, in front of the packet even.
 */
bool m46_csum_help(struct sk_buff *skb);

/*
 * Size of one segment of a super-packet from its transport header on, or 0: it
 * is not one that a header of this protocol can describe.
 */
unsigned int m46_gso_l4_len(const struct sk_buff *skb, unsigned int l4,
			    u8 proto);

/*
 * Make the headers of skb writable and leave need bytes in front of them.
 */
bool m46_make_room(struct sk_buff *skb, int need);

/* Swap the TCP type of a super-packet; its gso_size stays. */
void m46_gso_swap(struct sk_buff *skb, unsigned int from, unsigned int to);

/* An empty skb for a translated ICMP error, in the place of skb. */
struct sk_buff *m46_error_skb(const struct sk_buff *skb, unsigned int size);

/* Let a whole ICMP error be read at skb->data, its checksum in the packet. */
bool m46_error_linear(struct sk_buff *skb);

/*
 * Is the TCP segment whose header is l4 bytes from skb->data a SYN? Has it
 * readable up to its options then; headers may have moved.
 */
bool m46_pull_syn(struct sk_buff *skb, unsigned int l4);

/*
 * Lower the MSS option of a SYN segment to max; l4: bytes from skb->data to
 * the TCP header, of which the part before the options is readable.
 */
void m46_clamp_mss(struct sk_buff *skb, unsigned int l4, unsigned int max);

/* A tunnel's super-packet, which has no translation as one. */
static inline bool m46_is_tunnel_gso(const struct sk_buff *skb)
{
	return skb_is_gso(skb) &&
	       skb_shinfo(skb)->gso_type & SKB_GSO_IPXIP6;
}

/* Cut a super-packet whose segments need different treatment. */
enum m46_counter m46_segment(struct m46_pkt *p, struct sk_buff *skb,
			     enum m46_counter (*xmit)(struct m46_pkt *p,
						      struct sk_buff *skb));

#endif /* _M46_XMIT_H */
