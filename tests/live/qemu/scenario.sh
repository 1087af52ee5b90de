#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs inside the guest, as its first process. What it prints is compared by the host.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t securityfs none /sys/kernel/security 2>/dev/null
mount -t tmpfs tmpfs /tmp
export PATH=/bin:/usr/bin HOME=/root LC_ALL=C.UTF-8
name=kpatch-patch-qemu
rpm=/usr/bin/rpm # the shell has one of its own, which knows half
step() { echo "@ $*"; }
run() { "$@" 2>&1; echo "= $?"; }
live() { run ksig live "$@"; }

case $(sed 's/.*scenario=\([a-z-]*\).*/\1/' /proc/cmdline) in
story)
	step original; cut -c1-7 /proc/cmdline
	step vouch; live status --kernel-package /kernel.rpm --json
	step update; live update /source/one
	step apply; live apply
	step patched; cat /proc/cmdline
	step status; live status --json
	step check; live check CVE-2026-0001
	step newer; live update /source/two; live apply $name-2
	step replaced; cat /proc/cmdline; ls /sys/kernel/livepatch; grep -c '^lp_v1 ' /proc/modules
	step check-newer; live check CVE-2026-0002
	step rollback; live rollback $name-1
	step rolled-back; cat /proc/cmdline; grep -c '^lp_v2 ' /proc/modules
	step out; live rollback
	step as-booted; cut -c1-7 /proc/cmdline; ls /sys/kernel/livepatch | wc -l
	step later; live apply $name-3; cat /sys/kernel/livepatch/lp_later/lp_helper/patched
	step module; insmod /modules/lp_helper.ko; cat /sys/module/lp_helper/parameters/value
	step later-patched; cat /sys/kernel/livepatch/lp_later/lp_helper/patched
	step stall; live apply $name-4 --deadline=4
	step reversed; ls /sys/kernel/livepatch; cat /sys/module/lp_helper/parameters/value
	step wrong-key; live apply $name-6
	step tampered; printf x | dd of=/var/lib/ksig-live/patches/$name-2/module.ko bs=1 seek=3000 conv=notrunc 2>/dev/null; live rollback $name-2
	step history; live history | grep -c .
	;;
panic)
	step vouch; live status --kernel-package /kernel.rpm >/dev/null
	step update; live update /source/two
	step bad; live apply $name-5
	step waiting; cat /proc/cmdline; sleep 30
	;;
after)
	step boot; live apply --boot
	step status; live status --json
	step now; cat /proc/cmdline; ls /sys/kernel/livepatch
	;;
loop)
	step vouch; live status --kernel-package /kernel.rpm >/dev/null
	step one; live update /source/one; live apply
	step two; live update /source/two; live apply $name-2
	step back; live rollback $name-1; live rollback
	step waiting; sleep 60
	;;
packages)
	step keys; run rpmkeys --import /etc/ksig/trust/keys/live.asc /etc/ksig/trust/keys/vendor.asc
	step base; run $rpm -i /kernel.rpm /source/ksig-live.rpm
	step vouch; run ksig-live live status --kernel-package /kernel.rpm
	step install; run $rpm -i /source/one.rpm; cut -c1-10 /proc/cmdline
	step status; run ksig-live live status --json
	step upgrade; run $rpm -U /source/two.rpm; cut -c1-10 /proc/cmdline; grep -c '^lp_v1 ' /proc/modules; ls /usr/lib/ksig/live
	step fixes; run $rpm -q --whatprovides 'livepatch-cve(CVE-2026-0002)'
	step stop; run ksig-live live apply --stopping
	;;
packages-after)
	name=$($rpm -qp --qf '%{name}' /source/one.rpm)
	step boot; run ksig-live live apply --boot; cut -c1-10 /proc/cmdline
	step remove; run $rpm -e $name; cut -c1-7 /proc/cmdline; ls /sys/kernel/livepatch | wc -l; ls /usr/lib/ksig/live
	step older; run $rpm -i /source/one.rpm; cut -c1-7 /proc/cmdline
	;;
secure)
	step lockdown; cat /sys/kernel/security/lockdown
	step vouch; live status --kernel-package /kernel.rpm --json
	step update; live update /source/secure
	for n in 11 12 13 14; do
		step foretold-$n; live apply $name-$n
		step kernel-$n; [ $n = 14 ] || run insmod /source/secure/$name-$n/module.ko; cut -c1-7 /proc/cmdline
	done
	;;
esac
step end
sync
poweroff -f
