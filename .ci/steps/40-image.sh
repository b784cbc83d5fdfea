#!/usr/bin/env bash
# build the binary that the next steps talk to, as the Dockerfile says, without a container engine
#   CARGO_PROFILE_RELEASE_OPT_LEVEL=3 bash .ci/run 40     optimised, as it is released
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# The Dockerfile's own command with the release profile: no debug assertions. Optimising would take ten minutes more and
# change nothing of what the checks look for.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=${CARGO_PROFILE_RELEASE_OPT_LEVEL:-0}

# Where an unprivileged user may look, which is not certain of the checkout.
image=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$image"' EXIT
chmod 755 "$image"

# Cargo's target folder stands in for the layer cache; our own crate is compiled anew, because COPY gives its files a new
# time. What the Dockerfile does not copy is therefore missed here as it would be there.
python3 .ci/dockerfile.py Dockerfile "$image" "$cargo_target"

say "the binary needs no library that the slim image lacks"
libraries=$(ldd "$image/usr/local/bin/mentorship" | awk '{print $1}')
for library in $libraries; do
  case $library in
    linux-vdso.so.* | libc.so.6 | libm.so.6 | libgcc_s.so.1 | libdl.so.2 | libpthread.so.0 | librt.so.1 | */ld-linux-*) ;;
    *) fail "needs $library" ;;
  esac
done

say "serve and health, as an unprivileged user, with no environment but the image's"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
chown -R 65534:65534 "$image/data"
# In a container the port and the folder are free; here only these two may differ from the Dockerfile.
in_image() {
  # shellcheck disable=SC2046
  setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
    env -i $(sed "s|=0.0.0.0:8080$|=127.0.0.1:$port|; s|=/data$|=$image/data|" "$image/.env") \
    PATH="$image/usr/local/bin:/usr/bin:/bin" "$@"
}
cd "$image" || exit
readarray -t health <"$image/.healthcheck"
readarray -t command <"$image/.command"

! in_image "${health[@]}" 2>/dev/null || fail "healthy before it was started"
in_image "${command[@]}" >"$image/log" 2>&1 &
server=$!
for ((tries = 0; tries < 100; tries++)); do
  in_image "${health[@]}" 2>/dev/null && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.2
done
in_image "${health[@]}" || { tail -20 "$image/log" >&2; fail "not healthy: ${health[*]}"; }
written=$(find "$image/data" -mindepth 1 -printf '%f ')
[[ $written ]] || fail "nothing was written to the data folder"
say "healthy; wrote $written"
