#!/bin/bash
#SBATCH --job-name=portbloom-shard
#SBATCH --ntasks=1
#SBATCH --requeue
# One shard of a film, as a task of an array job whose numbers begin with 1; see film.sh.
set -eu
exec "${PORTBLOOM:-portbloom}" render "$@" --adapter software --jobs "${SLURM_CPUS_PER_TASK:-1}" --force \
  --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" -o "$FILM.parts/$SLURM_ARRAY_TASK_ID.mp4"
