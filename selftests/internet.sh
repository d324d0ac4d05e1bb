#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A little Internet for the tests of an IPv6-only site: IPv4 only, with a web
# server, and name servers at the addresses of the real root servers, which a
# resolver with its stock configuration finds. The root zone is signed with a
# key made here: what a resolver must know instead of the real one is left in
# /etc/netns/NAMESPACE/bind, as bind.keys and as root.key.
#
#	web.example.net		A 198.51.100.80, the web server
#	dual.example.net	the same, and an AAAA that leads nowhere here
#	signed.example.com	the same as web, signed
#
# Everything runs in a namespace that exists and has an address; it ends with it.
#
# usage: internet.sh NAMESPACE

set -eu

ns=${1:?usage: internet.sh NAMESPACE}
dns=192.0.2.53 web=198.51.100.80
# What "ip netns exec" shows as /etc/bind: there AppArmor lets named read.
dir=/etc/netns/$ns/bind
hints=/usr/share/dns/root.hints

addresses()
{
	awk -v dns="$dns" '
		$3 == "A" { print "address add " $4 "/32 dev lo" }
		END { print "address add " dns "/32 dev lo" }' "$hints" |
		ip -n "$ns" -batch -
}

# All names of the signed part are in the root zone itself: one key, one
# signature run. RRSIGs are for a month, the clock may be wrong by an hour.
root_zone()
{
	cat <<-END
	\$TTL 3600
	.			SOA a.root-servers.net. hostmaster 1 1800 900 604800 600
	.			NS a.root-servers.net.
	a.root-servers.net.	A $(awk '$3 == "A" { print $4; exit }' "$hints")
	ns.example.com.		A $dns
	signed.example.com.	A $web
	example.net.		NS ns.example.com.
	18.198.in-addr.arpa.	NS ns.example.com.
	END
}

# A negative answer may be kept for 300 seconds.
example_net()
{
	cat <<-END
	\$TTL 3600
	@	SOA ns.example.com. hostmaster 1 1800 900 604800 300
	@	NS ns.example.com.
	@	MX 10 web
	web	A $web
	web	TXT "IPv4 only"
	www	CNAME chain
	chain	CNAME web
	dual	A $web
	dual	AAAA 2001:db8:80::80
	near	A $web
	near	AAAA 2001:db8:80::81
	six	AAAA 2001:db8:80::80
	local	A 127.0.0.1
	private	A 10.0.0.1
	some	A 198.18.0.80
	END
}

reverse()
{
	cat <<-END
	\$TTL 3600
	@	SOA ns.example.com. hostmaster 1 1800 900 604800 300
	@	NS ns.example.com.
	80.0	PTR some.example.net.
	END
}

config()
{
	cat <<-END
	options {
		directory "/etc/bind";
		pid-file none;
		session-keyfile none;
		listen-on { any; };
		recursion no;
		dnssec-validation no;
		empty-zones-enable no;
		notify no;
	};
	controls { };
	zone "." { type primary; file "root.signed"; };
	zone "example.net" { type primary; file "example.net"; };
	zone "18.198.in-addr.arpa" { type primary; file "18.198"; };
	END
}

sign()
{
	local key

	key=$(dnssec-keygen -q -a ECDSAP256SHA256 -f KSK -n ZONE .)
	dnssec-signzone -q -S -z -o . -f root.signed root > sign.log 2>&1 || {
		cat sign.log >&2
		return 1
	}
	grep DNSKEY "$key.key" > root.key
	awk '{
		for (i = 1; $i != "DNSKEY"; i++)
			;
		printf "trust-anchors { . initial-key %s %s %s \"", \
			$(i + 1), $(i + 2), $(i + 3)
		for (i += 4; i <= NF; i++)
			printf "%s", $i
		print "\"; };"
	}' root.key > bind.keys
}

# The page shows the address that the server sees.
pages()
{
	mkdir -p www/cgi-bin
	cat > www/index.html <<-END
	<!DOCTYPE html>
	<title>web.example.net</title>
	<p>This server speaks IPv4 only.</p>
	END
	cat > www/cgi-bin/you <<-'END'
	#!/bin/sh
	printf 'Content-Type: text/plain\n\nYou are %s\n' "$REMOTE_ADDR"
	END
	chmod +x www/cgi-bin/you
}

mkdir -p "$dir"
cd "$dir"
addresses
root_zone > root
example_net > example.net
reverse > 18.198
config > named.conf
sign
pages
ip netns exec "$ns" named -c /etc/bind/named.conf
ip netns exec "$ns" busybox httpd -p "$web:80" -h "$dir/www"
