/**
 * The programs that a guide's hosts have before all others: `sennit` and `sennitd` of this tree, and `systemctl` and
 * `journalctl` for machines without systemd, as far as guides need them. A unit's command comes from its service.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SENNIT, SENNITD, SUPERVISOR } from './daemon.js';

/** What `systemctl` can start. Commands of sh. */
export interface Service {
  /** Runs the daemon in the foreground; its output is the journal. */
  readonly start: string;
  /** Succeeds once it is ready; the journal since this start is in the file $LOG. None: ready at once. */
  readonly ready?: string;
  /** $MAINPID is the daemon (default: SIGHUP). */
  readonly reload?: string;
}

const SENNITD_SERVICE: Service = {
  start: `${SUPERVISOR.join(' ')} sennitd`,
  ready: 'grep -q "event=ready " $LOG',
  reload: "sennit -c 'configure replace startup-config' -c 'crypto reload'",
};

/** What hosts find in their own files: of a unit NAME, its process id and the journal of this start. */
const PID = '/run/units/$unit.pid';
const LOG = '/run/units/$unit.log';

const systemctl = (units: string): string => `#!/bin/sh
# systemctl for a host of a guide's test: start, stop, restart, reload, status, is-active, enable, disable.
mkdir -p /run/units
alive() {
  pid=$(cat ${PID} 2>/dev/null) && state=$(sed 's/.*) //' /proc/$pid/stat 2>/dev/null) || return 1
  case $state in ''|Z*) return 1 ;; esac
}
start() {
  alive && return 0
  cat ${LOG} >>/var/log/$unit.log 2>/dev/null
  : >${LOG}
  setsid sh -c "exec $(cat ${units}/$unit.start)" >>${LOG} 2>&1 </dev/null &
  echo $! >${PID}
  tries=0
  until LOG=${LOG} sh -c "$(cat ${units}/$unit.ready)" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if ! alive || [ $tries -gt 600 ]; then
      echo "Job for $unit.service failed because the control process exited with error code."
      echo "See \\"systemctl status $unit.service\\" and \\"journalctl -xeu $unit.service\\" for details."
      return 1
    fi
    sleep 0.05
  done
}
stop() {
  alive || return 0
  kill $pid
  tries=0
  while alive; do
    tries=$((tries + 1))
    [ $tries -gt 400 ] && kill -9 $pid
    sleep 0.05
  done
}
verb=$1
shift
now=
for word; do
  case $word in
  --now) now=1; continue ;;
  -*) continue ;;
  esac
  unit=\${word%.service}
  [ -e ${units}/$unit.start ] || { echo "Unit $unit.service not found."; exit 5; }
  case $verb$now in
  start|enable1) start ;;
  stop|disable1) stop ;;
  restart|try-restart) stop; start ;;
  reload) alive && MAINPID=$pid sh -c "$(cat ${units}/$unit.reload)" >/dev/null ;;
  is-active) alive && echo active || { echo inactive; exit 3; } ;;
  status)
    if alive; then echo "● $unit.service"; echo "     Active: active (running)"; else
      echo "○ $unit.service"; echo "     Active: inactive (dead)"; exit 3; fi ;;
  enable|disable) ;;
  *) echo "systemctl of the test does not know '$verb'"; exit 1 ;;
  esac || exit 1
done
`;

const JOURNALCTL = `#!/bin/sh
# journalctl for a host of a guide's test: -u UNIT, -n N, -o cat; what other options say is left aside.
unit= lines=+1 plain=
while [ $# -gt 0 ]; do
  case $1 in
  -u|--unit) unit=\${2%.service}; shift ;;
  -n) lines=$2; shift ;;
  -o) [ "$2" = cat ] && plain=1; shift ;;
  esac
  shift
done
stamp="$(date '+%b %d %T') $(hostname) $unit[$(cat ${PID})]: "
[ -n "$plain" ] && stamp=
cat /var/log/$unit.log ${LOG} 2>/dev/null | tail -n $lines | sed "s/^/$stamp/"
`;

/** Writes them into a directory that goes before all others in PATH. Returns it. */
export function installPrograms(directory: string, services: Readonly<Record<string, Service>>): string {
  const bin = join(directory, 'bin');
  const units = join(directory, 'units');
  for (const made of [bin, units]) mkdirSync(made, { recursive: true });
  for (const [name, service] of Object.entries({ sennitd: SENNITD_SERVICE, ...services })) {
    const { start, ready = 'true', reload = 'kill -HUP $MAINPID' } = service;
    for (const [what, text] of Object.entries({ start, ready, reload }))
      writeFileSync(join(units, `${name}.${what}`), text);
  }
  const node = (program: string): string => `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`;
  const programs = {
    sennit: node(SENNIT),
    sennitd: node(SENNITD),
    systemctl: systemctl(units),
    journalctl: JOURNALCTL,
  };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}
