#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The guest of the release gate, as its first process. "@ STEP", what was seen, "= passed|failed WHY": the host reads it.
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
patches=/sys/kernel/livepatch
read -r module older deadline </setup

step() { echo "@ $*"; }
passed() { echo "= passed"; }
failed() { echo "= failed $*"; }
taint() { echo "taint $(cat /proc/sys/kernel/tainted)"; }
flag() { [ -e "$patches/$1/$2" ] && [ "$(cat "$patches/$1/$2")" = 1 ]; }

# settled MODULE: its transition is over, or its folder is gone, before the deadline.
settled() {
	tenths=$((deadline * 10))
	while flag "$1" transition; do
		tenths=$((tenths - 1))
		[ $tenths -gt 0 ] || return 1
		sleep 0.1
	done
}
loaded() {
	insmod "/$1.ko" 2>&1 || return 1
	settled "$2" && flag "$2" enabled
}
gone() {
	[ ! -d "$patches/$1" ] || echo 0 >"$patches/$1/enabled"
	settled "$1" && [ ! -d "$patches/$1" ] && rmmod "$1" 2>&1
}
# Each function that the patch names has its place below its object's, if that object is in the kernel.
functions() {
	missing=0
	while read -r object function; do
		[ -d "$patches/$module/$object" ] || { echo "no $object"; missing=1; continue; }
		ls "$patches/$module/$object" | grep -q "^$function," || { echo "no $object:$function"; missing=1; }
	done </functions
	[ $missing = 0 ]
}
probe() {
	[ ! -e /probe ] || { step "probe-$1"; sh /probe 2>&1; }
}
tasks() {
	for task in /proc/[0-9]*/task/*; do
		[ "$(cat "$task/patch_state" 2>/dev/null)" = 0 ] || continue
		echo "task $(cut -d' ' -f1-3 "$task/stat") $(tr '\n' ' ' <"$task/stack")"
	done
}

step identity
hexdump -v -e '1/1 "%02x"' /sys/kernel/notes; echo
uname -r
for file in /mods/*.ko; do [ ! -e "$file" ] || insmod "$file" 2>&1; done
taint
passed

probe original
if [ "$older" != - ]; then
	step older
	if loaded older "$older"; then passed; else failed "the older set is not applied"; fi
	taint
fi

step apply
if loaded patch "$module"; then passed; else failed "not applied in $deadline s"; fi
taint
step functions
if functions; then passed; else failed "not all functions are patched"; fi
probe patched

if [ "$older" != - ]; then
	step replace
	if [ ! -d "$patches/$older" ] && rmmod "$older" 2>&1; then passed; else failed "the older set is still there"; fi
	taint
	step back
	if loaded older "$older" && [ ! -d "$patches/$module" ] && rmmod "$module" 2>&1 && loaded patch "$module" &&
		rmmod "$older" 2>&1; then passed; else failed "not replaced by the older set and back"; fi
	taint
fi

step rollback
if gone "$module"; then passed; else failed "not taken out in $deadline s"; fi
taint
probe rolled-back

if [ -e /hold.ko ]; then
	step stall
	insmod /hold.ko 2>&1
	sleep 0.5
	insmod /patch.ko 2>&1
	sleep 2
	if flag "$module" transition; then passed; tasks; else failed "nothing held it up"; fi
	step reverse
	if gone "$module"; then passed; else failed "not reversed in $deadline s"; fi
	rmmod ksig_hold 2>&1
	taint
	step again
	if loaded patch "$module" && gone "$module"; then passed; else failed "not applied after a reversal"; fi
	taint
fi
step end
poweroff -f
