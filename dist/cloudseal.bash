# bash completion for cloudseal. Commands, options and arguments are read from its --help, so they are the program's own.
_cloudseal_vaults() {
	local v
	for v in "${XDG_DATA_HOME:-$HOME/.local/share}"/cloudseal/*/vault.json; do
		[ -e "$v" ] || continue
		v=${v%/vault.json}
		printf '%s\n' "${v##*/}"
	done
}
# The commands: the indented lines up to the first empty one after them.
_cloudseal_commands() {
	"$1" --help 2>/dev/null | awk '/^  [a-z]/ { print $1; seen = 1 } /^$/ && seen { exit }'
}
# The options of a command, one a line: "--name NAME", "-f", "--foreground".
_cloudseal_options() {
	"$1" "$2" --help 2>/dev/null | awk '/^ +-/ {
		sub(/^ +/, ""); sub(/   *.*/, "")
		n = split($0, part, ", "); split(part[n], last, " ")
		for (i = 1; i < n; i++) print part[i], last[2]
		print last[1], last[2] }'
}
# What the Nth argument of a command is called: NAME, DIR, KEY ...
_cloudseal_argument() {
	"$1" "$2" --help 2>/dev/null | awk -v n="$3" 'NR == 1 { gsub(/[][]/, ""); print $(4 + n); exit }'
}
_cloudseal_reply() { mapfile -t COMPREPLY < <(compgen "$@"); }
_cloudseal_files() {
	compopt -o filenames 2>/dev/null
	_cloudseal_reply "$@"
}
# Completes a value by the name that --help gives it.
_cloudseal_value() {
	local program=$1 kind=$2 cur=$3 vault=$4
	case $kind in
	FILE) _cloudseal_files -f -- "$cur" ;;
	DIR) _cloudseal_files -d -- "$cur" ;;
	STORE) _cloudseal_files -d -- "$cur" ;;
	PATH) _cloudseal_files -f -- "$cur" ;;
	NAME\|*)
		case $cur in
		*/* | .* | ~*) _cloudseal_files -f -- "$cur" ;;
		*) _cloudseal_reply -W "$(_cloudseal_vaults)" -- "$cur" ;;
		esac ;;
	NAME) _cloudseal_reply -W "$(_cloudseal_vaults)" -- "$cur" ;;
	list\|*) _cloudseal_reply -W "${kind//|/ }" -- "$cur" ;;
	dump) _cloudseal_reply -W dump -- "$cur" ;;
	new\|*) _cloudseal_reply -W "new check status veto" -- "$cur" ;;
	WHAT) _cloudseal_reply -W "header counts record commit changeset index head manifest" -- "$cur" ;;
	KEY) _cloudseal_reply -W "$("$program" config "$vault" 2>/dev/null | awk '/^[a-z]/ { print $1 }')" -- "$cur" ;;
	esac
}
_cloudseal() {
	local cur=$2 prev=$3 program=${COMP_WORDS[0]} command=${COMP_WORDS[1]} options kind="" count=0 vault="" i
	COMPREPLY=()
	if [ "$COMP_CWORD" -le 1 ]; then
		_cloudseal_reply -W "$(_cloudseal_commands "$program") --help --version" -- "$cur"
		return
	fi
	options=$(_cloudseal_options "$program" "$command")
	kind=$(awk -v o="$prev" '$1 == o { print $2 }' <<<"$options")
	if [ -n "$kind" ]; then
		# a NAME after an option is not a vault of this device
		[ "$kind" = NAME ] || _cloudseal_value "$program" "$kind" "$cur" ""
		return
	fi
	if [[ $cur == -* ]]; then
		_cloudseal_reply -W "$(awk '{ print $1 }' <<<"$options")" -- "$cur"
		return
	fi
	for ((i = 2; i < COMP_CWORD; i++)); do
		if [[ ${COMP_WORDS[i]} == -* ]]; then
			kind=$(awk -v o="${COMP_WORDS[i]}" '$1 == o { print $2 }' <<<"$options")
			[ -z "$kind" ] || i=$((i + 1))
		else
			[ $count -gt 0 ] || vault=${COMP_WORDS[i]}
			count=$((count + 1))
		fi
	done
	_cloudseal_value "$program" "$(_cloudseal_argument "$program" "$command" "$count")" "$cur" "$vault"
}
complete -F _cloudseal cloudseal
