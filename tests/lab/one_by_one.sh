# SPDX-License-Identifier: Apache-2.0
# The guest's side of in_lab: runs the scripts that are named, and names the one that fails.
for script in "$@"; do
  SECONDS=0
  if ! bash "/share/$script"; then
    echo "FAILED: $script" >&2
    exit 1
  fi
  echo "passed: $script, $SECONDS s"
done
