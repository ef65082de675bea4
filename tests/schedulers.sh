#!/usr/bin/env bash
# Runs examples/slurm and examples/openjd on this machine, and an xargs line: each makes the sample's film in shards, one
# of which is killed and made again, and the film is that of one run, byte for byte. Takes the program as its argument.
# Starts Slurm for itself, in a folder of its own, and ends it; as root, since its daemons want to be.
set -euo pipefail
export PATH="$PATH:/usr/sbin"
portbloom=$(realpath "${1:?the program}")
here=$(realpath "$(dirname "$0")/..")
folder=$(mktemp -d)
pids=()
end() {
  if [ "$?" != 0 ]; then
    tail -n 20 "$folder"/slurm*.log "$folder"/*.out "$folder"/openjd.txt 2>/dev/null || true
  fi
  [ "${#pids[@]}" = 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait
  rm -rf "$folder"
}
trap end EXIT
cd "$folder"
export PORTBLOOM="$portbloom"
size="--size 128x72 --quiet"
# shellcheck disable=SC2086
"$portbloom" render $size --adapter software -o whole.mp4

equal() {
  cmp whole.mp4 "$1"
  echo "$2: $1 is the film of one run"
}

# Waits for at most so many seconds until a command succeeds.
within() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$end" ]; then
      echo "waited too long for: $*" >&2
      return 1
    fi
    sleep 0.2
  done
}

by_xargs() {
  mkdir xargs
  seq 4 | xargs -P 2 -I % "$portbloom" render --size 128x72 --quiet --adapter software --shard %/4 -o xargs/%.mp4
  "$portbloom" join xargs/*.mp4 -o xargs.mp4 --quiet
  equal xargs.mp4 xargs
}

by_slurm() {
  local host
  host=$(hostname -s)
  head -c 1024 /dev/urandom >munge.key
  chmod 600 munge.key
  munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
    --pid-file="$folder/munge.pid" --log-file="$folder/munge.log" --seed-file="$folder/munge.seed" >/dev/null 2>&1 &
  pids+=($!)
  cat >slurm.conf <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
CredType=cred/munge
SlurmctldPort=26817
SlurmdPort=26818
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=1,sched_interval=1
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
MinJobAge=300
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  mkdir state spool
  export SLURM_CONF="$folder/slurm.conf"
  within 20 test -S munge.socket || true
  slurmctld -D >/dev/null 2>&1 &
  pids+=($!)
  slurmd -D >/dev/null 2>&1 &
  pids+=($!)
  if ! within 60 sh -c "sinfo -h -o %t | grep -qx idle"; then
    cat slurmctld.log slurmd.log munge.log
    echo "slurm: does not start on this machine, so it is not tried" >&2
    return
  fi
  # The first run of the second shard is killed when it has begun to write, and another makes it.
  # shellcheck disable=SC2086
  FILM=slurm.mp4 sbatch "$here/examples/slurm/film.sh" $size
  within 60 sh -c "ls -A slurm.mp4.parts | grep -q 'part.2.mp4'"
  local job
  job=$(squeue -h -r -n portbloom-shard -o '%F' | head -1)
  scontrol requeue "${job}_2"
  within 300 test -e slurm.mp4
  equal slurm.mp4 slurm
}

by_openjd() {
  python3 -m venv venv
  if ! venv/bin/pip install --quiet --disable-pip-version-check openjd-cli; then
    echo "openjd: openjd-cli cannot be installed on this machine, so it is not tried" >&2
    return
  fi
  venv/bin/openjd check "$here/examples/openjd/film.yaml" >openjd.txt
  cat >killed <<KILLED
#!/bin/bash
case "\$*" in
*"--shard 2/4"*)
  "$portbloom" "\$@" &
  until ls -A "$folder/openjd.mp4.parts" | grep -q 'part.2.mp4'; do sleep 0.01; done
  kill -KILL \$!
  wait \$!
  ;;
*) exec "$portbloom" "\$@" ;;
esac
KILLED
  chmod +x killed
  openjd() {
    venv/bin/openjd run "$here/examples/openjd/film.yaml" -p "$1" -p "Options=$size" -p "Folder=$folder" \
      -p Film=openjd.mp4 >>openjd.txt 2>&1
  }
  # The second shard is killed once it has begun to write, so its step fails; then the job is run again.
  if openjd "Portbloom=$folder/killed"; then
    echo "openjd: a killed shard went unseen" >&2
    return 1
  fi
  test ! -e openjd.mp4
  openjd "Portbloom=$portbloom"
  equal openjd.mp4 openjd
}

by_xargs
by_slurm
by_openjd
