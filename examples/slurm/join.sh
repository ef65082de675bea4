#!/bin/bash
#SBATCH --job-name=portbloom-join
#SBATCH --ntasks=1
# Puts the shards of a film together, once all are made; see film.sh.
set -eu
parts=()
for number in $(seq "$SHARDS"); do
  parts+=("$FILM.parts/$number.mp4")
done
exec "${PORTBLOOM:-portbloom}" join "${parts[@]}" --force -o "$FILM"
