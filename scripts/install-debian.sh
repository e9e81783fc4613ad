#!/bin/sh
# Installs Debian packages without starting the services that they bring: the tests start daemons in namespaces of their
# own, and this machine is to join no cluster. Whether a service may start, Debian asks the program below.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy
fi
apt-get -qq install -y --no-install-recommends "$@"
