#!/usr/bin/env bash
# schemathesis against the running demo, as four kinds of people
#   SCHEMATHESIS_SEED=N SCHEMATHESIS_EXAMPLES=N bash .ci/run 80     another, or a longer, run
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# A fixed seed: a change must not fail for what it did not change. Long runs use others.
seed=${SCHEMATHESIS_SEED:-1}
examples=${SCHEMATHESIS_EXAMPLES:-10}
least_cases=2000
folder=$(fresh_folder schemathesis)
cp tests/foreign/schemathesis/schemathesis.toml "$folder/"
failed=() total=0

# Each persona gets an organisation of its own: what one breaks would change the answers to the next.
for persona in admin mentor colleague nobody; do
  say "$persona, seed $seed"
  start_demo "schemathesis-$persona"
  credentials=()
  [[ $persona == nobody ]] || credentials=(--header "Authorization: Bearer $(json "$demo_tokens" tokens "$persona")")
  # From its own folder, where it leaves notes between runs.
  (cd "$folder" && schemathesis --config-file schemathesis.toml run "$document" --url "$demo_address" \
    --checks all --max-examples "$examples" --seed "$seed" --generation-database none "${credentials[@]}" \
    --report json --report-json-path "$persona.json" --no-color) || failed+=("$persona")
  cases=$(json "$folder/$persona.json" test_cases generated)
  [[ $(json "$folder/$persona.json" complete) == True ]] || failed+=("$persona: stopped before its end")
  total=$((total + cases))
  say "$persona: $cases cases"
  stop_demo
done

say "$total cases in all, seed $seed"
((${#failed[@]} == 0)) || fail "${failed[*]}"
((total >= least_cases)) || fail "fewer than $least_cases cases"
