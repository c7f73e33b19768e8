# shellcheck shell=bash
# What the engine is told before any of our code runs; the environment wins. Read by the benchmarks as well.

export_engine_settings() {
  # Bun's own limit of 256 would make the 257th stream wait.
  export BUN_CONFIG_MAX_HTTP_REQUESTS=${BUN_CONFIG_MAX_HTTP_REQUESTS:-65535}
  # The engine sizes its heap by the machine's memory; a gateway needs little, so it is told of less.
  export BUN_JSC_forceRAMSize=${BUN_JSC_forceRAMSize:-1500000000}
  # Up to 105 MB (7 % of that) the heap is collected when it has tripled, beyond when it has doubled as it would anyway.
  export BUN_JSC_smallHeapRAMFraction=${BUN_JSC_smallHeapRAMFraction:-0.07}
  export BUN_JSC_smallHeapGrowthFactor=${BUN_JSC_smallHeapGrowthFactor:-3}
  export BUN_JSC_mediumHeapGrowthFactor=${BUN_JSC_mediumHeapGrowthFactor:-2}
  # Once a second is enough to look through freed memory for what can be given back; it takes a core's time each time.
  export MIMALLOC_PURGE_HOLES_MIN_INTERVAL=${MIMALLOC_PURGE_HOLES_MIN_INTERVAL:-1000}
}
