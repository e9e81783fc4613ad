# Completion of sennit(1) for bash. Words of commands come from sennit itself: names of peers, links and interfaces
# from the running daemon, keywords also without one.

_sennit() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} line head socket=() i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD - 1; i++)); do
    [[ ${COMP_WORDS[i]} == --socket ]] && socket=(--socket "${COMP_WORDS[i + 1]}")
  done
  case $previous in
    -c | --command)
      # The command is one word of bash, in quotes: only the last of its words is completed.
      line=${word#[\'\"]}
      head=
      [[ $line == *' '* ]] && head="${line% *} "
      mapfile -t COMPREPLY < <(sennit "${socket[@]}" --complete "$line" 2>/dev/null)
      COMPREPLY=("${COMPREPLY[@]/#/$head}")
      # Of a single one bash would close the quotes behind it: of two it takes what they have in common.
      [[ $word == [\'\"]* && ${#COMPREPLY[@]} -eq 1 ]] && COMPREPLY=("$COMPREPLY " "$COMPREPLY  ")
      compopt -o nospace 2>/dev/null
      return
      ;;
    -f | --file | --socket)
      compopt -o default 2>/dev/null
      return
      ;;
    --complete)
      return
      ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      invite | join)
        line="${COMP_WORDS[*]:i:COMP_CWORD - i} $word"
        mapfile -t COMPREPLY < <(sennit "${socket[@]}" --complete "$line" 2>/dev/null)
        return
        ;;
    esac
  done
  mapfile -t COMPREPLY < <(compgen -W '-c --command -f --file --json --socket -h --help -V --version invite join' -- "$word")
}

complete -F _sennit sennit
