#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# merge_config.sh -m -O DIR BASE FRAGMENT: the fragment's lines win.
set -e
names=$(sed -n 's/^\(# \)\{0,1\}CONFIG_\([A-Za-z0-9_]*\)[ =].*/\2/p' "$5")
cp "$4" "$3/.merged"
for name in $names; do
	sed -i "/^CONFIG_$name=/d; /^# CONFIG_$name is not set/d" "$3/.merged"
done
cat "$5" >> "$3/.merged"
mv "$3/.merged" "$3/.config"
