#!/bin/sh
# Copyright (c) 2026, csp.partnercenter contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Takes the lock of a repository before rotations, and writes the ledger back after them.
#
#   ledger.sh claim            prints the id of the claim; fails if somebody else has the lock, or has pushed meanwhile
#   ledger.sh record CLAIM     commits the ledger, pushes it, and gives the lock back
#
# The lock is a branch of the remote repository that only one can create: a rejected push means that it is taken.
set -eu

: "${LEDGER_FOLDER:?}" "${LEDGER_REMOTE:?}" "${LEDGER_BRANCH:?}" "${LEDGER_LOCK:?}" "${LEDGER_MESSAGE:?}"
lock="refs/heads/$LEDGER_LOCK"

# A pipeline's clone knows no author.
if ! git var GIT_COMMITTER_IDENT >/dev/null 2>&1; then
  export GIT_AUTHOR_NAME=rotations GIT_AUTHOR_EMAIL=rotations@localhost
  export GIT_COMMITTER_NAME=rotations GIT_COMMITTER_EMAIL=rotations@localhost
fi

die() {
  echo "$*" >&2
  exit 1
}

claim() {
  git fetch --quiet "$LEDGER_REMOTE" "$LEDGER_BRANCH"
  [ "$(git rev-parse HEAD)" = "$(git rev-parse FETCH_HEAD)" ] ||
    die "this is not the newest commit of $LEDGER_BRANCH at $LEDGER_REMOTE; nothing was sent, the newest one has a run of its own"
  [ -z "$(git status --porcelain -- "$LEDGER_FOLDER")" ] ||
    die "$LEDGER_FOLDER holds changes that are not committed; nothing was sent"
  empty=$(git hash-object -t tree /dev/null)
  who="$(id -un)@$(uname -n), $(date -u +%Y-%m-%dT%H:%M:%SZ), $(od -An -N8 -tx1 /dev/urandom | tr -d ' ')"
  commit=$(git commit-tree "$empty" -m "Claimed by $who: $LEDGER_MESSAGE")
  if ! git push --quiet --force-with-lease="$lock:" "$LEDGER_REMOTE" "$commit:$lock" 2>/dev/null; then
    git fetch --quiet "$LEDGER_REMOTE" "$lock" 2>/dev/null || die "the lock could not be pushed to $LEDGER_REMOTE; nothing was sent"
    die "another run has the lock; nothing was sent. $(git log -1 --format=%s FETCH_HEAD). If that run is dead:" \
      "git push $LEDGER_REMOTE :$lock"
  fi
  echo "$commit"
}

record() {
  # The files of customers and of events; not the journals and locks of a run.
  git add -- "$LEDGER_FOLDER"/[!.]*.json* 2>/dev/null || :
  if ! git diff --cached --quiet -- "$LEDGER_FOLDER"; then
    git commit --quiet -m "$LEDGER_MESSAGE" -- "$LEDGER_FOLDER"
    push
    echo recorded
  fi
  git push --quiet --force-with-lease="$lock:$1" "$LEDGER_REMOTE" ":$lock" || die "the lock $LEDGER_LOCK is not ours any more"
}

push() {
  for _try in 1 2 3 4 5; do
    git push --quiet "$LEDGER_REMOTE" "HEAD:refs/heads/$LEDGER_BRANCH" 2>/dev/null && return
    # Somebody merged meanwhile: the ledger goes on top. Only runs that hold the lock write it.
    git fetch --quiet "$LEDGER_REMOTE" "$LEDGER_BRANCH"
    git rebase --quiet FETCH_HEAD >/dev/null 2>&1 || {
      git rebase --abort
      die "the ledger was changed by somebody else; it is committed here and could not be pushed"
    }
  done
  die "the ledger is committed here and could not be pushed to $LEDGER_REMOTE; the lock is kept"
}

case "${1-}" in
claim) claim ;;
record) record "${2:?}" ;;
*) die "usage: ledger.sh claim | record CLAIM" ;;
esac
