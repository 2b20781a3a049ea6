#!/bin/sh
# What the hosting site runs is what can be run by hand: no action of others but the checkout, and each command is a script
# or a target of make that is there. All machines of `make check-cross` are among them.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh
LC_ALL=C
export LC_ALL

for workflow in .github/workflows/*.yml; do
	actions=$(sed -n 's/^[- ]*uses: *//p' "$workflow" | sort -u)
	case $actions in
	actions/checkout@v[0-9]*[!0-9]*) differs "$workflow uses $actions" "Write a step of shell" ;;
	actions/checkout@v[0-9]*) right "$workflow uses nothing but the checkout" ;;
	*) differs "$workflow uses ${actions:-no checkout}" "Write a step of shell" ;;
	esac
	command=$(sed -n 's|^ */source/.ci/container ||p' "$workflow")
	case $command in
	'make '*)
		target=$(echo "$command" | cut -d' ' -f2)
		if grep -q "^$target:" Makefile; then
			right "$workflow runs make $target"
		else
			differs "$workflow runs make $target, which is not in Makefile" "Write another target"
		fi
		;;
	*)
		if [ -x "${command%% *}" ]; then
			right "$workflow runs $command"
		else
			differs "$workflow runs '$command', which is no script" "Write what .ci/container is to run"
		fi
		;;
	esac
done
sed -n 's/^ *machine: \[\(.*\)\]/\1/p' .github/workflows/machines.yml | tr -d ',' | xargs -n 1 | sort >"$work/run"
sed -n "s/^machines='\(.*\)'/\1/p" checks/machines/cross.sh | xargs -n 1 | sort >"$work/there"
same "machines.yml runs each machine" "$work/there" "$work/run" "Change the list in .github/workflows/machines.yml"
total "claims about workflows"
