#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# test-packages.sh SOURCE: builds the RPM and the Debian packages from what git knows of SOURCE, and looks at them.
set -u
source=$1
count=0
bad=0
for program in rpmbuild dpkg-buildpackage dh git rpmlint lintian; do
	command -v "$program" >/dev/null || { echo "1..0 # SKIP $program is not installed"; exit 0; }
done
git -C "$source" rev-parse --git-dir >/dev/null 2>&1 || { echo "1..0 # SKIP $source is no git checkout"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ok()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else
		bad=1
		echo "not ok $count - $2"
		tail -n 25 "$work/said" | sed 's/^/# /'
	fi
}

lists()
{
	grep -qx "$1" "$work/said"
}

mkdir -p "$work/rpm/SOURCES" "$work/deb"
git -C "$source" archive --prefix=ksig-0.1.0/ -o "$work/rpm/SOURCES/ksig-0.1.0.tar.gz" HEAD
tar -xzf "$work/rpm/SOURCES/ksig-0.1.0.tar.gz" -C "$work/deb"

# A machine of Debian has none of the spec's build requirements by those names.
nodeps=
[ -e /etc/debian_version ] && nodeps=--nodeps
rpmbuild -ba $nodeps --define "_topdir $work/rpm" --define 'debug_package %{nil}' "$source/packaging/ksig.spec" >"$work/said" 2>&1
ok $? 'rpmbuild'
ls "$work"/rpm/RPMS/*/*.rpm "$work"/rpm/SRPMS/*.rpm 2>/dev/null | sed 's,.*/,,; s/-0\.1\.0.*\.\([a-z0-9_]*\)\.rpm$/ \1/' >"$work/said"
lists "ksig $(uname -m)" && lists "ksig-live $(uname -m)" && lists 'ksig-doc noarch' && lists 'ksig src'
ok $? 'ksig, ksig-live, ksig-doc and the source package'
rpm -qpl "$work"/rpm/RPMS/*/ksig-live-0*.rpm >"$work/said" 2>&1
lists /usr/bin/ksig-live && lists /usr/lib/systemd/system/ksig-live.service && lists /usr/share/man/man1/ksig-live.1.gz ||
	lists /usr/share/man/man1/ksig-live.1
ok $? 'ksig-live has its program, units and page'
rpm -qpR "$work"/rpm/RPMS/*/ksig-live-0*.rpm >"$work/said" 2>&1
! grep -qE 'git2|sqlite|solv|rpmbuild|seccomp|bpf' "$work/said"
ok $? 'ksig-live needs none of the libraries of builds'
rpmlint -r "$source/packaging/ksig.rpmlintrc" "$work"/rpm/RPMS/*/*.rpm "$source/packaging/ksig.spec" >"$work/said" 2>&1
grep -q ' 0 errors' "$work/said"
ok $? 'rpmlint has no errors'

(cd "$work/deb/ksig-0.1.0" && dpkg-buildpackage -b -us -uc >"$work/said" 2>&1)
ok $? 'dpkg-buildpackage'
ls "$work"/deb/*.deb 2>/dev/null | sed 's,.*/,,; s/_.*//' >"$work/said"
lists ksig && lists ksig-live && lists ksig-doc
ok $? 'ksig, ksig-live and ksig-doc'
dpkg-deb -x "$work"/deb/ksig-live_*.deb "$work/root" >"$work/said" 2>&1 &&
	"$work/root/usr/bin/ksig-live" version >"$work/said" 2>&1
ok $? 'its program runs'
lintian --fail-on error "$work"/deb/*.changes >"$work/said" 2>&1
ok $? 'lintian has no errors'
echo "1..$count"
exit $bad
