#!/usr/bin/env bash
# Runs on a CUDA device what the tests without one cannot show.
#
#   tests/cuda/on_device/check.sh BUILD_FOLDER OUTPUT_FOLDER [PART...]
#
# BUILD_FOLDER holds agon and test_cuda_device. Parts, all of them without one named, in this order:
#   device ops bits trainings mixed program sanitizer bench
# Each has files of its own in OUTPUT_FOLDER; summary.txt there says how each part ended, how long it took and what it came
# to. A part that fails does not end the others; the exit status is 1 where one did, and 69 where there was no device.
# CHECK_SHARDS (8): processes at once. AGON_CUDA=emulated tries the test program on the emulated device; agon itself has no
# such thing.
set -uo pipefail

(($# >= 2)) || { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 64; }
build=$(realpath -- "$1") || exit 66
mkdir -p -- "$2" || exit 73
out=$(realpath -- "$2")
shift 2
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../../.." || exit 66
agon=$build/agon
tests=$build/test_cuda_device
shards=${CHECK_SHARDS:-8}
failures=0 absent=0

say() { printf '%s\n' "$*" | tee -a "$out/summary.txt"; }

# skipped NAME: "skipped: " and the reason, where the tests of a log were.
skipped() {
  local reason
  reason=$(grep -a -m 1 -A 1 'Skipped$' "$out/$1.log" | sed -n 2p)
  [[ -n $reason ]] && printf 'skipped: %s' "$reason"
}

# part NAME SECONDS COMMAND...: runs it with its output in NAME.log; 124: it ran out of time.
part() {
  local name=$1 limit=$2 begin=$SECONDS status word=ok
  shift 2
  timeout -k 10 "$limit" "$@" >"$out/$name.log" 2>&1 </dev/null
  status=$?
  if ((status == 69)); then
    word="no device"
    absent=$((absent + 1))
  elif ((status != 0)); then
    word="FAILED ($status)"
    failures=$((failures + 1))
  elif word=$(skipped "$name"); then
    absent=$((absent + 1))
  else
    word=ok
  fi
  say "$(printf '%-24s %4d s  %s' "$name" $((SECONDS - begin)) "$word")"
  ((status == 0)) || grep -a -m 1 -E '^error|Error' "$out/$name.log" | sed 's/^/    /' | tee -a "$out/summary.txt"
  return "$status"
}

# sharded NAME SECONDS FILTER: the tests of a filter in several processes at once, each with a device context of its own.
sharded() {
  local name=$1 limit=$2 filter=$3 begin=$SECONDS i pids=() failed=0
  for ((i = 0; i < shards; ++i)); do
    GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$i timeout -k 10 "$limit" "$tests" --gtest_brief=1 --gtest_filter="$filter" \
      >"$out/$name.$i.log" 2>&1 </dev/null &
    pids+=($!)
  done
  for i in "${pids[@]}"; do wait "$i" || failed=$((failed + 1)); done
  cat "$out/$name".*.log >"$out/$name.log"
  ((failed == 0)) || failures=$((failures + 1))
  local word="$((shards - failed)) of $shards processes ok"
  local reason
  if reason=$(skipped "$name"); then
    word=$reason
    absent=$((absent + 1))
  fi
  say "$(printf '%-24s %4d s  %s' "$name" $((SECONDS - begin)) "$word")"
  grep -a '^\[  FAILED  \] [A-Za-z]*/' "$out/$name.log" | sort -u | sed 's/^/    /' | head -n 60 | tee -a "$out/summary.txt"
}

# Cases by kernel: sums over the processes, and the largest error as a share of what is allowed.
kernels_of() {
  awk '$1 == "kernel" { for (i = 3; $i != "cases"; ++i) $2 = $2 " " $i
         n[$2] += $(i + 1); w[$2] += $(i + 3); if ($(i + 5) + 0 > e[$2] + 0) e[$2] = $(i + 5) }
       END { for (k in n) printf "    %-44s %5d cases  %3d wrong  worst error %s of what is allowed\n", k, n[k], w[k], e[k] + 0 }' \
    "$1" | sort | tee -a "$out/summary.txt"
}

check_device() {
  command -v nvidia-smi >/dev/null && nvidia-smi >"$out/nvidia-smi.txt" 2>&1
  part device 60 "$agon" check configs/gan/mlp.yaml --set device=cuda
  grep -a -m 3 -iE 'computed|warning|GPU' "$out/device.log" | sed 's/^/    /' | tee -a "$out/summary.txt"
}

check_ops() {
  sharded ops 240 '*CasesOnDevice*:DrawnBodies*'
  kernels_of "$out/ops.log"
}

check_bits() {
  part bits 120 "$tests" --gtest_filter='SameBits*'
  grep -a '^same bits' "$out/bits.log" | sed 's/^/    /' | tee -a "$out/summary.txt"
}

check_trainings() {
  sharded trainings 400 '*DeviceTrainings*'
  grep -a '^training' "$out/trainings.log" | sort | sed 's/^/    /' | tee -a "$out/summary.txt"
}

check_mixed() {
  part mixed 90 "$tests" --gtest_filter='MixedTraining*'
  grep -a '^mixed' "$out/mixed.log" | sed 's/^/    /' | tee -a "$out/summary.txt"
}

# The program itself: two runs that must be equal, and a profile of a mixed one.
check_program() {
  local runs=$out/runs
  rm -rf -- "$runs"
  local quick=(--quick --runs "$runs")
  part program-first 90 "$agon" train configs/gan/mlp.yaml "${quick[@]}" --set device=cuda --name first
  part program-second 90 "$agon" train configs/gan/mlp.yaml "${quick[@]}" --set device=cuda --name second
  [[ -d $runs/second ]] && part program-bits 90 "$agon" compare first second --bits --runs "$runs"
  part program-mixed 90 "$agon" train configs/gan/conv.yaml "${quick[@]}" --set device=cpu --set networks.generator.device=cuda \
    --name mixed --profile
}

check_sanitizer() {
  local tool=${COMPUTE_SANITIZER:-compute-sanitizer} check
  if ! command -v "$tool" >/dev/null; then
    say "sanitizer                   0 s  not run: no compute-sanitizer found (COMPUTE_SANITIZER=PATH names one)"
    return
  fi
  for check in memcheck racecheck; do
    part "sanitizer-$check" 150 "$tool" --tool "$check" --error-exitcode 1 "$agon" train configs/gan/mlp.yaml --quick \
      --runs "$out/runs" --name "$check" --set device=cuda --set train.steps=3
    grep -a 'SUMMARY' "$out/sanitizer-$check.log" | sed 's/^/    /' | tee -a "$out/summary.txt"
  done
}

check_bench() {
  local config name
  for config in configs/bench/*.yaml; do
    name=$(basename -- "$config" .yaml)
    part "bench-$name" 60 "$agon" bench "$config" --set device=cuda
    grep -aE '^ *(step|examples|direct|needed|GEMM peak|start) ' "$out/bench-$name.log" | sed 's/^/    /' | tee -a "$out/summary.txt"
  done
}

: >"$out/summary.txt"
(($# > 0)) || set -- device ops bits trainings mixed program sanitizer bench
for name; do
  [[ $(type -t "check_$name") == function ]] || { say "no part '$name'"; exit 64; }
done
for name; do "check_$name"; done
say "$failures failed, $absent without a device, $SECONDS s in all"
((failures == 0)) || exit 1
((absent == 0)) || exit 69
