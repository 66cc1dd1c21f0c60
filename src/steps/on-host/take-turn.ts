import type { StepScope } from "../../engine/step-kind.ts";

/**
 * sh: `take_turn` makes room for this script. When gameday is killed its script goes on running on the host, and Run Command may
 * even deliver it later: the script of the resumed run ends the earlier one of the same step, which then puts back what it has
 * mounted, and one that comes late gives way by itself.
 *
 * A file per step in /run, which a restart of the host empties, has a line for every script that has come; who holds its lock on
 * descriptor 8 has the turn, and then has a file with its number open on 9. So a process is ended only when it has a file of this
 * step and of another number open there: its script or a child of it. Scripts of one number are copies of one request that was
 * sent again; which of them is followed cannot be known on the host, so they work one after the other.
 */
export const TAKE_TURN = String.raw`
end_earlier() {
  for held in /proc/[0-9]*/fd/9; do
    case "$(readlink "$held" 2> /dev/null)" in
      "$TURNS.turn-$TURN_NUMBER") continue ;;
      "$TURNS.turn-"*) ;;
      *) continue ;;
    esac
    kill -TERM "$(printf '%s' "$held" | cut -d / -f 3)" 2> /dev/null || :
  done
}
twin_works() {
  for held in /proc/[0-9]*/fd/9; do [ "$held" -ef "$TURNS.turn-$TURN_NUMBER" ] && return 0; done
  return 1
}
give_way() { [ "$(sort -n "$TURNS" | tail -n 1)" = "$TURN_NUMBER" ] || fail superseded; }
take_turn() {
  command -v flock > /dev/null || return 0
  mkdir -p "$ROOT/run/gameday"
  TURNS="$(cd "$ROOT/run/gameday" && pwd -P)/$TURN"
  exec 8>> "$TURNS"
  printf '%s\n' "$TURN_NUMBER" >&8
  seconds=0
  until flock -n 8; do
    give_way
    if twin_works; then sleep 1; continue; fi
    [ "$seconds" -lt 300 ] || fail earlier-script-runs
    # Not more often: what it does to put things back must not be ended, too.
    [ "$((seconds % 60))" -ne 0 ] || end_earlier
    sleep 1
    seconds=$((seconds + 1))
  done
  exec 9>> "$TURNS.turn-$TURN_NUMBER"
  give_way
}
`;

/** The script variables of {@link TAKE_TURN}. A run's journal grows from each of its processes to the next, clocks may not. */
export function turnValues({ runId, instance, journaled }: StepScope): Readonly<Record<string, string>> {
  return { TURN: `${runId}-${instance}`, TURN_NUMBER: String(journaled()) };
}
