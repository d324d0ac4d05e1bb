// SPDX-License-Identifier: GPL-2.0
/* ICMP errors that the device makes itself. */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/math64.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/ndisc.h>

#include "config.h"
#include "m46.h"
#include "map.h"
#include "reply.h"
#include "route.h"
#include "send.h"
#include "xmit.h"

/* RFC 7915 5.4 */
#define M46_ICMP_GENERIC6	M46_ICMP(ICMPV6_DEST_UNREACH,		       \
					 ICMPV6_ADM_PROHIBITED)

void m46_bucket_init(struct m46_bucket *b, u32 burst)
{
	spin_lock_init(&b->lock);
	b->tokens = burst;
	b->stamp = ktime_get_ns();
}

/* Token bucket, as RFC 4443 2.4(f) asks for. */
static bool m46_bucket_take(struct m46_bucket *b, u32 rate, u32 burst)
{
	u64 now = ktime_get_ns();
	bool ok = false;
	u64 tokens;

	spin_lock_bh(&b->lock);
	/* An hour fills any bucket, and keeps the product in 64 bits. */
	tokens = min_t(u64, now - b->stamp, 3600ULL * NSEC_PER_SEC);
	tokens = div_u64(tokens * rate, NSEC_PER_SEC);
	if (tokens) {
		/* What is left of a token stays on the clock. */
		b->stamp = b->tokens + tokens >= burst ? now :
			   b->stamp + div_u64(tokens * NSEC_PER_SEC, rate);
		b->tokens = min_t(u64, b->tokens + tokens, burst);
	}
	if (b->tokens) {
		b->tokens--;
		ok = true;
	}
	spin_unlock_bh(&b->lock);
	return ok;
}

static bool m46_may_reply(struct m46_dev *m46, const struct m46_cfg *cfg,
			  bool never, bool pmtu)
{
	if (pmtu)
		return !cfg->pmtu_never;
	if (never)
		return false;
	if (m46_bucket_take(&m46->bucket, cfg->rate, cfg->burst))
		return true;
	m46_count(m46, M46_COUNT_ICMP_LIMITED);
	return false;
}

/* No ICMP error about these: RFC 1812 4.3.2.7. */
static bool m46_is_untold4(const struct sk_buff *skb)
{
	const struct iphdr *in = (struct iphdr *)skb->data;
	const u8 *type;
	u8 buf;

	if (skb->pkt_type != PACKET_HOST || m46_martian4(in->saddr) ||
	    in->frag_off & htons(IP_OFFSET))
		return true;
	if (in->protocol != IPPROTO_ICMP)
		return false;
	type = skb_header_pointer(skb, in->ihl * 4, 1, &buf);
	return !type || m46_icmp4_is_error(*type);
}

/* No ICMPv6 error about these: RFC 4443 2.4(e). */
static bool m46_is_untold6(const struct sk_buff *skb, u8 type)
{
	const struct ipv6hdr *in = (struct ipv6hdr *)skb->data;
	u8 buf, nexthdr = in->nexthdr;
	const u8 *type_in;
	__be16 frag_off;
	int off;

	if (skb->pkt_type != PACKET_HOST || ipv6_addr_any(&in->saddr) ||
	    ipv6_addr_is_multicast(&in->saddr) ||
	    (type != ICMPV6_PKT_TOOBIG && ipv6_addr_is_multicast(&in->daddr)))
		return true;
	off = ipv6_skip_exthdr(skb, sizeof(*in), &nexthdr, &frag_off);
	if (off < 0 || nexthdr != IPPROTO_ICMPV6)
		return false;
	type_in = skb_header_pointer(skb, off, 1, &buf);
	return !type_in || m46_icmp6_is_error(*type_in) ||
	       *type_in == NDISC_REDIRECT;
}

/*
 * The stack chooses the source of its ICMP errors itself. Where the operator
 * has set one (icmp4-source, icmp6-source), the error is made here.
 */
static bool m46_error_from4(struct m46_dev *m46, const struct sk_buff *skb,
			    u8 type, u8 code, u32 info, __be32 saddr)
{
	const struct iphdr *in = (struct iphdr *)skb->data;
	unsigned int quote = min_t(unsigned int, skb->len,
				   M46_ERROR4_MAX - sizeof(*in) - 8);
	struct icmphdr *icmp;
	struct sk_buff *n;
	struct iphdr *ip;

	n = m46_error_skb(skb, M46_ERROR4_MAX);
	if (!n)
		return false;
	ip = skb_put_zero(n, sizeof(*ip));
	icmp = skb_put_zero(n, sizeof(*icmp));
	if (skb_copy_bits(skb, 0, skb_put(n, quote), quote)) {
		kfree_skb(n);
		return false;
	}
	*(__be16 *)ip = htons(0x45c0);
	ip->tot_len = htons(n->len);
	ip->ttl = 64;
	ip->protocol = IPPROTO_ICMP;
	ip->saddr = saddr;
	ip->daddr = in->saddr;
	__ip_select_ident(dev_net(m46->dev), ip, 1);
	ip_send_check(ip);
	icmp->type = type;
	icmp->code = code;
	icmp->un.gateway = htonl(info);
	icmp->checksum = csum_fold(csum_partial(icmp, sizeof(*icmp) + quote,
						0));
	m46_reset(n, htons(ETH_P_IP));
	skb_set_transport_header(n, sizeof(*ip));
	m46_output4(m46, n);
	return true;
}

static bool m46_error_from6(struct m46_dev *m46, const struct sk_buff *skb,
			    u8 type, u8 code, u32 info,
			    const struct in6_addr *saddr)
{
	const struct ipv6hdr *in = (struct ipv6hdr *)skb->data;
	unsigned int quote = min_t(unsigned int, skb->len,
				   M46_ERROR6_MAX - sizeof(*in) - 8);
	struct icmp6hdr *icmp;
	struct ipv6hdr *ip;
	struct sk_buff *n;

	if (m46_unmappable6(&in->saddr))
		return false;
	n = m46_error_skb(skb, M46_ERROR6_MAX);
	if (!n)
		return false;
	ip = skb_put_zero(n, sizeof(*ip));
	icmp = skb_put_zero(n, sizeof(*icmp));
	if (skb_copy_bits(skb, 0, skb_put(n, quote), quote)) {
		kfree_skb(n);
		return false;
	}
	*(__be32 *)ip = htonl(6 << 28);
	ip->payload_len = htons(sizeof(*icmp) + quote);
	ip->nexthdr = IPPROTO_ICMPV6;
	ip->hop_limit = 64;
	ip->saddr = *saddr;
	ip->daddr = in->saddr;
	icmp->icmp6_type = type;
	icmp->icmp6_code = code;
	icmp->icmp6_mtu = htonl(info);
	icmp->icmp6_cksum = csum_ipv6_magic(saddr, &ip->daddr,
					    sizeof(*icmp) + quote,
					    IPPROTO_ICMPV6,
					    csum_partial(icmp, sizeof(*icmp) +
							 quote, 0));
	m46_reset(n, htons(ETH_P_IPV6));
	skb_set_transport_header(n, sizeof(*ip));
	m46_output6(m46, n);
	return true;
}

void m46_reply4(struct m46_dev *m46, const struct m46_cfg *cfg,
		struct sk_buff *skb, enum m46_counter drop, u32 info)
{
	bool pmtu = drop == M46_DROP_TOO_BIG;
	u32 icmp = m46_counters[drop].icmp4;

	if (pmtu)
		icmp = M46_ICMP(ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED);
	/* No route, no namespace to answer in: injected below the stack. */
	if (!icmp || !skb_dst(skb) || m46_is_untold4(skb))
		return;
	if (!m46_may_reply(m46, cfg, cfg->icmp4_never, pmtu))
		return;
	if (!cfg->icmp4_source)
		icmp_ndo_send(skb, icmp >> 8 & 0xff, icmp & 0xff,
			      htonl(info));
	else if (!m46_error_from4(m46, skb, icmp >> 8, icmp, info,
				  cfg->icmp4_source))
		return;
	m46_count(m46, M46_COUNT_ICMP4_SENT);
}

void m46_reply6(struct m46_dev *m46, const struct m46_cfg *cfg,
		struct sk_buff *skb, enum m46_counter drop, u32 info, u8 proto)
{
	bool pmtu = drop == M46_DROP_TOO_BIG;
	u32 icmp = m46_counters[drop].icmp6;

	if (pmtu)
		icmp = M46_ICMP(ICMPV6_PKT_TOOBIG, 0);
	else if (drop == M46_DROP_ROUTING_HEADER)
		icmp = M46_ICMP(ICMPV6_PARAMPROB, ICMPV6_HDR_FIELD);
	else if (proto == IPPROTO_ICMPV6 && icmp == M46_ICMP_GENERIC6)
		/* RFC 7915 5.4: no generic error about any ICMPv6 message. */
		return;
	if (!icmp || !skb_dst(skb) || m46_is_untold6(skb, icmp >> 8))
		return;
	if (!m46_may_reply(m46, cfg, cfg->icmp6_never, pmtu))
		return;
	if (ipv6_addr_any(&cfg->icmp6_source))
		icmpv6_ndo_send(skb, icmp >> 8 & 0xff, icmp & 0xff, info);
	else if (!m46_error_from6(m46, skb, icmp >> 8, icmp, info,
				  &cfg->icmp6_source))
		return;
	m46_count(m46, M46_COUNT_ICMP6_SENT);
}

bool m46_tell6(struct m46_dev *m46, const struct m46_cfg *cfg,
	       const struct sk_buff *skb, u8 type, u8 code)
{
	const struct ipv6hdr *ip = (struct ipv6hdr *)skb->data;
	struct in6_addr saddr = cfg->icmp6_source;

	if (m46_is_untold6(skb, type))
		return false;
	if (ipv6_addr_any(&saddr) &&
	    !m46_route_source6(m46->dev, &ip->saddr, &saddr))
		return false;
	if (!m46_may_reply(m46, cfg, cfg->icmp6_never, false) ||
	    !m46_error_from6(m46, skb, type, code, 0, &saddr))
		return false;
	m46_count(m46, M46_COUNT_ICMP6_SENT);
	return true;
}

bool m46_tell4(struct m46_dev *m46, const struct m46_map *map,
	       const struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	bool pmtu = type == ICMP_DEST_UNREACH && code == ICMP_FRAG_NEEDED;
	const struct iphdr *ip = (struct iphdr *)skb->data;
	__be32 saddr;

	if (m46_is_untold4(skb))
		return false;
	m46_map_error_src4(&map->x, ip->saddr, &saddr);
	/* What a stranger causes is limited, path MTU discovery or not. */
	if (!m46_may_reply(m46, map->cfg, pmtu ? map->cfg->pmtu_never :
			   map->cfg->icmp4_never, false) ||
	    !m46_error_from4(m46, skb, type, code, info, saddr))
		return false;
	m46_count(m46, M46_COUNT_ICMP4_SENT);
	return true;
}
