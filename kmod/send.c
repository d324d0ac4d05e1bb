// SPDX-License-Identifier: GPL-2.0
/* Handing packets back to the stack. */
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>

#include "compat.h"
#include "door.h"
#include "keep.h"
#include "m46.h"
#include "send.h"

/*
 * Devices whose output is the next one's input, on one CPU's stack. Two is
 * what a packet needs that is translated there and back on one machine.
 */
#define M46_DEPTH_MAX	4

/*
 * Written by its own CPU with BH disabled; on PREEMPT_RT several tasks may be
 * in such a section, so each change is one operation.
 */
static DEFINE_PER_CPU(unsigned int, m46_depth);

/* Does what comes out of the device change the CPU? */
static bool m46_has_rps(const struct net_device *dev)
{
#ifdef CONFIG_RPS
	return rcu_access_pointer(dev->_rx->rps_map) ||
	       !!READ_ONCE(dev->_rx->rps_flow_table);
#else
	return false;
#endif
}

u8 m46_hop_add(const struct sk_buff *skb)
{
	struct net_device *iif;

	if (!skb->skb_iif || this_cpu_read(m46_depth))
		return 1;
	iif = dev_get_by_index_rcu(dev_net(skb->dev), skb->skb_iif);
	/* a VRF does not tell which of its devices it was */
	if (iif && netif_is_l3_master(iif))
		return !m46_has_rps(skb->dev);
	return !iif || iif->rtnl_link_ops != &m46_link_ops;
}

void m46_reset(struct sk_buff *skb, __be16 protocol)
{
	skb_scrub_packet(skb, false);
	m46_reset_rest(skb, protocol);
}

static bool m46_has_prerouting4(const struct net *net)
{
#ifdef CONFIG_NETFILTER
	return rcu_access_pointer(net->nf.hooks_ipv4[NF_INET_PRE_ROUTING]);
#else
	return false;
#endif
}

/*
 * Can nobody, between here and the IP stack, change or divert the packet, or
 * put it off beyond this section of RCU?
 */
static bool m46_is_next_ip(const struct net_device *dev)
{
#ifdef CONFIG_NETFILTER_INGRESS
	if (rcu_access_pointer(dev->nf_hooks_ingress))
		return false;
#endif
	return !m46_has_ingress(dev) && !m46_has_rps(dev) &&
	       !rcu_access_pointer(dev->xdp_prog) &&
	       !rcu_access_pointer(dev->rx_handler) &&
	       !netif_is_l3_slave(dev);
}

/*
 * Give the packet the route of its flow, borrowed. Of IPv4 where no hook stands
 * before the stack's own lookup; IPv6 goes through the door, for ip6_rcv_core()
 * takes what has a route already for the route's own device's.
 */
static bool m46_preroute(struct m46_dev *m46, struct sk_buff *skb)
{
	struct dst_entry *dst;

	if (!m46_is_next_ip(m46->dev))
		return false;
	if (skb->protocol == htons(ETH_P_IPV6))
		return m46_door_take(m46, skb);
	if (m46_has_prerouting4(dev_net(m46->dev)))
		return false;
	dst = m46_keep_route4(m46, skb);
	if (dst)
		skb_dst_set_noref(skb, dst);
	return dst;
}

static bool m46_enter(struct m46_dev *m46, struct sk_buff *skb)
{
	if (this_cpu_read(m46_depth) < M46_DEPTH_MAX) {
		this_cpu_inc(m46_depth);
		return true;
	}
	m46_count(m46, M46_DROP_RECURSION);
	kfree_skb(skb);
	return false;
}

static void m46_leave(void)
{
	this_cpu_dec(m46_depth);
}

void m46_receive(struct m46_dev *m46, struct sk_buff *skb, bool forwarded)
{
	skb->dev = m46->dev;
	dev_sw_netstats_rx_add(m46->dev, skb->len);
	/*
	 * A packet made here may come from under a socket's lock, which its
	 * receiver on this machine may want: let it go through the backlog.
	 */
	if (!forwarded) {
		netif_rx(skb);
		return;
	}
	if (!m46_enter(m46, skb))
		return;
	/* whatever RPS says by then: a borrowed route must not wait */
	if (m46_preroute(m46, skb))
		netif_receive_skb_core(skb);
	else
		netif_receive_skb(skb);
	m46_leave();
}

void m46_send4(struct m46_dev *m46, struct sk_buff *skb)
{
	if (!m46_enter(m46, skb))
		return;
	ip_local_out(dev_net(m46->dev), NULL, skb);
	m46_leave();
}

void m46_output4(struct m46_dev *m46, struct sk_buff *skb)
{
	const struct iphdr *ip = ip_hdr(skb);
	struct net *net = dev_net(m46->dev);
	struct flowi4 fl4 = {
		.flowi4_oif = l3mdev_master_ifindex_rcu(m46->dev),
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
		.flowi4_mark = skb->mark,
		.flowi4_proto = ip->protocol,
		.daddr = ip->daddr,
		.saddr = ip->saddr,
	};
	struct rtable *rt;

	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt)) {
		m46_count(m46, M46_DROP_NO_ROUTE);
		kfree_skb(skb);
		return;
	}
	skb_dst_set(skb, &rt->dst);
	if (!m46_enter(m46, skb))
		return;
	ip_local_out(net, NULL, skb);
	m46_leave();
}

void m46_output6(struct m46_dev *m46, struct sk_buff *skb)
{
	const struct ipv6hdr *ip = ipv6_hdr(skb);
	struct net *net = dev_net(m46->dev);
	struct flowi6 fl6 = {
		.flowi6_oif = l3mdev_master_ifindex_rcu(m46->dev),
		.flowi6_mark = skb->mark,
		.flowi6_proto = ip->nexthdr,
		.daddr = ip->daddr,
		.saddr = ip->saddr,
	};
	struct dst_entry *dst;

	dst = ip6_route_output(net, NULL, &fl6);
	skb_dst_set(skb, dst);
	if (dst->error) {
		m46_count(m46, M46_DROP_NO_ROUTE);
		kfree_skb(skb);
		return;
	}
	if (!m46_enter(m46, skb))
		return;
	ip6_local_out(net, NULL, skb);
	m46_leave();
}
