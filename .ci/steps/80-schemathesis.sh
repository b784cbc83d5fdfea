#!/usr/bin/env bash
# schemathesis against the running demo, as four kinds of people
#   SCHEMATHESIS_SEED=N SCHEMATHESIS_EXAMPLES=N bash .ci/run 80     another, or a longer, run
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# A fixed seed: a change must not fail for what it did not change. Long runs use others.
seed=${SCHEMATHESIS_SEED:-1}
examples=${SCHEMATHESIS_EXAMPLES:-6}
least_cases=2000
folder=$(fresh_folder schemathesis)
cp tests/foreign/schemathesis/schemathesis.toml "$folder/"
failed=() total=0

# What ends a sign-in is asked last: afterwards every answer is 401.
ends_a_sign_in='^(sign_out|sign_out_person|revoke_token)$'

# ask REPORT OPTION...: one run; adds to `failed` and `total`. From its own folder, where it leaves notes between runs.
# Checks are switched in schemathesis.toml: an option here would outdo what it says of single operations.
ask() {
  local report=$1
  shift
  (cd "$folder" && schemathesis --config-file schemathesis.toml run "$document" --url "$demo_address" \
    --max-examples "$examples" --seed "$seed" --generation-database none "${credentials[@]}" "$@" \
    --report json --report-json-path "$report.json" --no-color) || failed+=("$report")
  [[ $(json "$folder/$report.json" complete) == True ]] || failed+=("$report: stopped before its end")
  total=$((total + $(json "$folder/$report.json" test_cases generated)))
}

# Each persona gets an organisation of its own: what one breaks would change the answers to the next.
for persona in admin mentor colleague nobody; do
  say "$persona, seed $seed"
  start_demo "schemathesis-$persona"
  credentials=()
  if [[ $persona != nobody ]]; then
    token=$(json "$demo_tokens" tokens "$persona")
    credentials=(--header "Authorization: Bearer $token")
  fi
  ask "$persona" --exclude-operation-id-regex "$ends_a_sign_in"
  if [[ $persona != nobody ]]; then
    curl --fail --silent --output /dev/null --header "Authorization: Bearer $token" "$demo_address/v1/me" ||
      failed+=("$persona: was signed out on the way, so most answers were 401")
  fi
  ask "$persona-last" --include-operation-id-regex "$ends_a_sign_in"
  say "$persona: $total cases so far"
  stop_demo
done

say "$total cases in all, seed $seed"
((${#failed[@]} == 0)) || fail "${failed[*]}"
((total >= least_cases)) || fail "fewer than $least_cases cases"
