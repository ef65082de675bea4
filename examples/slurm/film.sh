#!/bin/bash
#SBATCH --job-name=portbloom
#SBATCH --ntasks=1
# Makes a film on the machines of a cluster: an array job draws its shards, and a job that waits for all of them puts
# them together. From the folder that the film is to be in, which all machines see:
#
#   sbatch examples/slurm/film.sh                            the film of the sample, film.mp4
#   FILM=july.mp4 SHARDS=100 sbatch examples/slurm/film.sh july.bloom --size 4k
#
# The words behind it are those of `portbloom render`, without an output and a choice of frames. PORTBLOOM is the program.
# A shard that failed is made again by `scontrol requeue JOB_NUMBER`; the film is made once all of them are there.
set -eu
export FILM="${FILM:-film.mp4}" SHARDS="${SHARDS:-4}" PORTBLOOM="${PORTBLOOM:-portbloom}"
# The folder of this script: Slurm runs a copy of it.
script="$0"
if [ -n "${SLURM_JOB_ID:-}" ]; then
  script=$(scontrol show job "$SLURM_JOB_ID" | sed -n 's/^ *Command=\([^ ]*\).*/\1/p')
fi
folder=$(dirname "$script")
mkdir -p "$FILM.parts"
shards=$(sbatch --parsable --array="1-$SHARDS" --chdir="$PWD" "$folder/shard.sh" "$@")
join=$(sbatch --parsable --dependency="afterok:${shards%%;*}" --chdir="$PWD" "$folder/join.sh")
echo "shards: job ${shards%%;*}, film: job ${join%%;*}"
