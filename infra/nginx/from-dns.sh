#!/bin/sh
# nginx where instances have a name instead of fixed addresses (Docker, a headless Service of Kubernetes):
#   from-dns.sh FOLDER config_api=HOST:PORT forwarder_api=HOST:PORT console=HOST:PORT
# Looks the names up each second, writes their addresses to FOLDER/SERVICE.conf, and has nginx read them again if they
# change. nginx can look up a name itself (`server ... resolve`), but its consistent hash takes all addresses of a name for
# one server. A name that has no address, or can't be looked up, keeps the addresses that it had.
set -eu
folder=$1
shift

# Whether anything has changed.
write_instances() {
  changed=1
  for each in "$@"; do
    service=${each%%=*} name=${each#*=}
    file=$folder/$service.conf
    addresses=$(getent ahostsv4 "${name%:*}" | awk '{ print $1 }' | sort -u) || true
    # For calls, and for questions whether an instance is ready.
    case $service in forwarder_api) calls=192 questions=192 ;; *) calls=64 questions=16 ;; esac
    if [ -n "$addresses" ]; then
      port=${name##*:}
      servers=$(printf "  server %s:$port max_fails=1 fail_timeout=1s;\n" $addresses)
      kept=$(for address in $addresses; do echo "upstream $address-$port { server $address:$port; keepalive $calls; }"; done)
    elif [ -e "$file" ]; then
      continue
    else
      servers='  server 127.0.0.1:1 down;' kept=
    fi
    printf 'upstream %s {\n  hash $key consistent;\n%s\n  keepalive %s;\n}\n%s\n' "$service" "$servers" "$questions" "$kept" >"$file.new"
    if cmp -s "$file.new" "$file"; then continue; fi
    mv "$file.new" "$file"
    changed=0
  done
  return $changed
}

# An nginx that reads its configuration again closes idle connections, and a call that is on its way over one is lost. From
# 1.27.4 on, it can leave them open for a while.
case $(nginx -v 2>&1) in
  *nginx/1.1* | *nginx/1.2[0-6].* | *nginx/1.27.[0-3]*) ;;
  *) echo 'keepalive_min_timeout 30s;' >"$folder/keepalive.conf" ;;
esac
write_instances "$@" || true
# Callers may come by IPv6, where the machine has it: nginx does not start with a port of a family that is not there.
if grep -q . /proc/net/if_inet6 2>/dev/null; then
  nginx -T 2>/dev/null | sed -n 's/^ *listen \(.*:\)\{0,1\}\([0-9]*\) ssl;/listen [::]:\2 ssl;/p' >"$folder/ipv6.listen"
fi
# Process $$ is nginx from now on.
while sleep 1 && kill -0 $$; do
  if write_instances "$@"; then kill -HUP $$; fi
done 2>/dev/null &
exec nginx -g 'daemon off;'
